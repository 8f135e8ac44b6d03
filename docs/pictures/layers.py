"""Draws the norm of the gradient of every layer's weights as SVG, from lines of `thalweg check --json` on standard input,
one curve a line. Usage: layers.py NAME... < LINES > PICTURE"""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 340, 78, 96, 20, 52
STYLE = """text { font: 14px system-ui, sans-serif; fill: #1d2529; } .grid { stroke: #dcdad3; } path { fill: none; stroke-width: 2.5; }
.c0 { stroke: #0b6e99; fill: #0b6e99; } .c1 { stroke: #c2541b; fill: #c2541b; } .c2 { stroke: #6a7f2a; fill: #6a7f2a; }
text.c0, text.c1, text.c2 { stroke: none; } path.c0, path.c1, path.c2 { fill: none; }
@media (prefers-color-scheme: dark) { text { fill: #e6e4de; } .grid { stroke: #344046; }
.c0 { stroke: #5cb8e0; fill: #5cb8e0; } .c1 { stroke: #f09060; fill: #f09060; } .c2 { stroke: #b3cb62; fill: #b3cb62; } }"""

names = sys.argv[1:]
curves = [[block["norm"] for block in json.loads(line)["blocks"] if block["name"].startswith("W_")] for line in sys.stdin]
low = math.floor(math.log10(min(min(curve) for curve in curves)))
high = math.ceil(math.log10(max(max(curve) for curve in curves)))
layers = len(curves[0])


def x(layer): return LEFT + (WIDTH - LEFT - RIGHT) * (layer - 1) / (layers - 1)


def y(norm): return TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(norm)) / (high - low)


told = ", ".join(f"{name} from {curve[-1]:.2g} in the last layer to {curve[0]:.2g} in the first"
                 for name, curve in zip(names, curves))
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">')
print(f'<title id="t">Norm of the gradient of each layer</title>\n<desc id="d">{told}</desc>\n<style>{STYLE}</style>')
for power in range(low, high + 1, max(1, (high - low + 4) // 5)):
    print(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(10 ** power):.1f}" y2="{y(10 ** power):.1f}"/>')
    print(f'<text x="{LEFT - 8}" y="{y(10 ** power) + 5:.1f}" text-anchor="end">1e{power}</text>')
for layer in range(1, layers + 1):
    print(f'<text x="{x(layer):.1f}" y="{HEIGHT - 30}" text-anchor="middle">{layer}</text>')
print(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">layer</text>')
for number, (name, curve) in enumerate(zip(names, curves)):
    points = " ".join(f"{x(i + 1):.1f},{y(norm):.1f}" for i, norm in enumerate(curve))
    print(f'<path class="c{number}" d="M{points.replace(" ", " L")}"/>')
    for i, norm in enumerate(curve): print(f'<circle class="c{number}" cx="{x(i + 1):.1f}" cy="{y(norm):.1f}" r="3.5"/>')
    print(f'<text class="c{number}" x="{WIDTH - RIGHT + 14}" y="{TOP + 16 + 22 * number}">{name}</text>')
print("</svg>")
