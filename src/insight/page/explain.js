// Draws the network of the page's data and tells of what the pointer or the keyboard is on.
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

const text = value => value === undefined || value === null ? "" : Number(value).toPrecision(5).replace(/\.?0+($|e)/, "$1");

function element(name, attributes = {}, parent = null) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
}

// One entry of the list below the drawing: the quantities of a neuron or a weight.
function tell(title, pairs) {
    const told = document.getElementById("told");
    const list = document.createElement("dl");
    for (const [term, value] of pairs) {
        if (value === undefined || value === null) continue;
        const pair = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
        dt.textContent = term;
        dd.textContent = text(value);
        pair.append(dt, dd);
        list.append(pair);
    }
    const heading = document.createElement("strong");
    heading.textContent = title;
    told.replaceChildren(heading, list);
}

const layerName = i => i === 0 ? "input" : i === data.layers.length - 1 ? "output" : "layer " + i;

function neuronTitle(i, neuron) {
    return `${layerName(i)}, neuron ${neuron.index}${neuron.name ? ": " + neuron.name : ""}`;
}

function neuronPairs(i, neuron) {
    const last = i === data.layers.length - 1;
    return [[`a`, neuron.a], [last ? "y_hat" : i === 0 ? "h_0" : "h", neuron.h], ["b", neuron.bias],
            ["grad_h", neuron.grad_h], ["grad_a", neuron.grad_a], ["grad_b", neuron.grad_bias],
            ["bend", neuron.bend], ["grad_bend", neuron.grad_bend]];
}

function edgePairs(edge) {
    return [["w", edge.w], ["grad_w", edge.grad]];
}

const width = 900, margin = 70;
const most = Math.max(...data.layers.map(layer => layer.neurons.length));
const spacing = Math.max(34, Math.min(64, 460 / most));
const height = spacing * most + 90;
const radius = Math.min(16, spacing * 0.36);

function place(i, at) {
    const count = data.layers[i].neurons.length;
    return { x: margin + (width - 2 * margin - 60) * i / Math.max(1, data.layers.length - 1),
             y: 50 + (height - 90) / 2 + (at - (count - 1) / 2) * spacing };
}

// From orange below 0 over the ground to blue above it.
function colour(value, largest) {
    const share = largest > 0 ? Math.min(1, Math.abs(value) / largest) : 0;
    return `color-mix(in srgb, var(${value < 0 ? "--minus" : "--plus"}) ${Math.round(100 * share)}%, var(--card))`;
}

function drawEdges(svg, shown) {
    const group = element("g", { class: "edges" }, svg);
    for (const edges of data.edges) {
        const largest = Math.max(1e-300, ...edges.map(edge => Math.abs(edge[shown] ?? 0)));
        for (const edge of edges) {
            const from = place(edge.layer - 1, edge.from), to = place(edge.layer, edge.to);
            const share = Math.abs(edge[shown] ?? 0) / largest;
            const line = { x1: from.x + radius, y1: from.y, x2: to.x - radius, y2: to.y };
            const pair = element("g", {}, group);
            element("line", { ...line, class: "edge " + (edge[shown] < 0 ? "minus" : "plus"),
                              "stroke-width": 0.6 + 4 * share, "stroke-opacity": 0.15 + 0.75 * share }, pair);
            const hit = element("line", { ...line, class: "catch", "data-weight": edge.name }, pair);
            const say = () => { choose(pair); tell("weight " + edge.name, edgePairs(edge)); };
            hit.addEventListener("pointerenter", say);
            hit.addEventListener("click", say);
        }
    }
}

let chosen = null;
function choose(what) {
    if (chosen) chosen.classList.remove("chosen");
    chosen = what;
    chosen.classList.add("chosen");
}

function drawLayer(svg, i) {
    const layer = data.layers[i];
    const group = element("g", { class: "layer", "data-layer": i }, svg);
    const largest = Math.max(...layer.neurons.map(neuron => Math.abs(neuron.h)));
    const top = place(i, 0);
    element("text", { x: top.x, y: 20, "text-anchor": "middle", class: "soft" }, group).textContent =
        layerName(i) + (layer.count > layer.neurons.length ? ` (${layer.neurons.length} of ${layer.count})` : "");
    layer.neurons.forEach((neuron, at) => {
        const { x, y } = place(i, at);
        const title = neuronTitle(i, neuron), pairs = neuronPairs(i, neuron);
        const label = title + ": " + pairs.filter(pair => pair[1] != null).map(pair => `${pair[0]} ${text(pair[1])}`).join(", ");
        const one = element("g", { class: "neuron", tabindex: i === 0 && at === 0 ? 0 : -1, role: "img", "aria-label": label,
                                   "data-neuron": `${i},${neuron.index}` }, group);
        element("circle", { cx: x, cy: y, r: radius, fill: colour(neuron.h, largest) }, one);
        if (i === data.layers.length - 1)
            element("text", { x: x + radius + 6, y: y + 4 }, one).textContent = text(neuron.h);
        const say = () => { choose(one); tell(title, pairs); };
        one.addEventListener("pointerenter", say);
        one.addEventListener("focus", say);
        one.addEventListener("click", () => one.focus());
        one.addEventListener("keydown", event => walk(event, i, at));
    });
}

// The arrow keys go from neuron to neuron.
function walk(event, i, at) {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const layer = Math.min(data.layers.length - 1, Math.max(0, i + step[0]));
    const count = data.layers[layer].neurons.length;
    const next = Math.min(count - 1, Math.max(0, at + step[1]));
    const group = document.querySelector(`[data-neuron="${layer},${data.layers[layer].neurons[next].index}"]`);
    for (const neuron of document.querySelectorAll(".neuron")) neuron.setAttribute("tabindex", -1);
    group.setAttribute("tabindex", 0);
    group.focus();
}

function draw(shown) {
    const box = document.getElementById("network");
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "group",
                                 "aria-label": "The network: use the arrow keys to go from neuron to neuron" });
    drawEdges(svg, shown);
    data.layers.forEach((layer, i) => drawLayer(svg, i));
    box.replaceChildren(svg);
}

// A step of a pass marks the layer that it is about.
for (const step of document.querySelectorAll("[data-step-layer]")) {
    const layer = () => document.querySelector(`.layer[data-layer="${step.dataset.stepLayer}"]`);
    step.addEventListener("pointerenter", () => layer()?.classList.add("marked"));
    step.addEventListener("pointerleave", () => layer()?.classList.remove("marked"));
}
for (const choice of document.querySelectorAll("input[name=shown]"))
    choice.addEventListener("change", () => draw(choice.value));
document.getElementById("network").style.setProperty("--least-width", Math.min(46, 9 * data.layers.length) + "rem");
draw("w");
})();
