// Draws the charts of a training's report from the page's data.
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const width = 560, height = 320, left = 84, right = 18, top = 14, bottom = 58;
// More series than this have no room in the key: it names the ends of their ramp.
const mostInKey = 8;

const text = value => Number(value.toPrecision(4)).toString();
const finite = values => values.filter(Number.isFinite);

function element(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent.append(made);
    return made;
}

function html(name, attributes, parent, content) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (content !== undefined) made.textContent = content;
    parent.append(made);
    return made;
}

// A drawing with its name for those who do not see it.
function drawing(box, chart, told, attributes) {
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${chart.title}: ${told}`,
                                 ...attributes }, box);
    element("title", {}, svg).textContent = chart.title;
    element("desc", {}, svg).textContent = told;
    return svg;
}

// Where the marks of an axis stand: 1, 2 or 5 times a power of ten apart.
function marks(low, high) {
    const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough * (1 - 1e-9));
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) found.push(i * step);
    return found;
}

// A scale from values to pixels; logarithmic where values spread over more than two powers of ten.
function scale(values, from, to, mayBeLogarithmic) {
    let low = Math.min(...values), high = Math.max(...values);
    if (low === high) {
        // All alike: a line across the middle, with its value beside it.
        const room = Math.abs(high) / 10 || 1;
        [low, high] = [low - room, high + room];
    }
    if (mayBeLogarithmic && low > 0 && high > 100 * low) {
        const a = Math.log10(low), b = Math.log10(high);
        const powers = [];
        for (let power = Math.ceil(a); power <= b; power += Math.max(1, Math.round((b - a) / 5))) powers.push(10 ** power);
        return { at: value => from + (to - from) * (Math.log10(value) - a) / (b - a), marks: powers };
    }
    return { at: value => from + (to - from) * (value - low) / (high - low), marks: marks(low, high) };
}

function axes(svg, chart, x, y) {
    for (const mark of y.marks) {
        element("line", { class: "axis", x1: left, x2: width - right, y1: y.at(mark), y2: y.at(mark) }, svg);
        element("text", { class: "soft", x: left - 8, y: y.at(mark) + 5, "text-anchor": "end" }, svg).textContent = text(mark);
    }
    for (const mark of x.marks)
        element("text", { class: "soft", x: x.at(mark), y: height - 34, "text-anchor": "middle" }, svg).textContent = text(mark);
    element("text", { class: "soft", x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle" }, svg).textContent = chart.x;
}

// Series without an order have colours of their own, and the halves of pairs one each; layers go from one end of a ramp to the other.
function colour(chart, i) {
    const last = chart.series.length - 1;
    if (chart.pairs) return `var(${["--plus", "--minus"][i % 2]})`;
    if (!chart.ramp || last === 0) return `var(${["--plus", "--minus", "--third", "--focus"][i % 4]})`;
    return `color-mix(in oklab, var(--plus) ${Math.round(100 * (1 - i / last))}%, var(--minus))`;
}

function key(chart, box) {
    if (chart.series.length < 2) return;
    const shown = html("ul", { class: "key" }, box), last = chart.series.length - 1;
    chart.series.forEach((one, i) => {
        if (last >= mostInKey && i !== 0 && i !== last && !(chart.ramp && i === Math.round(last / 2))) return;
        html("li", { style: `--colour: ${colour(chart, i)}` }, shown, one.name);
    });
    if (last >= mostInKey && !chart.ramp) html("li", {}, shown, `and ${last - 1} more`);
}

function line(chart, box) {
    const series = chart.series, xs = series.flatMap(one => one.x), ys = finite(series.flatMap(one => one.y));
    if (ys.length === 0) return html("p", { class: "soft" }, box, "Nothing was recorded.");
    const range = one => finite(one.y).length ? `${one.name} from ${text(finite(one.y)[0])} to ${text(finite(one.y).at(-1))}` : one.name;
    key(chart, box);
    const svg = drawing(box, chart, series.length <= mostInKey ? series.map(range).join(", ")
                        : `${series.length} curves, ${range(series[0])}, ${range(series.at(-1))}`, { tabindex: 0 });
    const unit = chart.diagonal ? [0, 1] : [];
    const x = scale([...xs, ...unit], left, width - right, false), y = scale([...ys, ...unit], height - bottom, top, !chart.diagonal);
    axes(svg, chart, x, y);
    if (chart.diagonal) element("line", { class: "ideal", x1: x.at(0), y1: y.at(0), x2: x.at(1), y2: y.at(1) }, svg);
    series.forEach((one, i) => {
        const style = `--colour: ${colour(chart, i)}`;
        const points = one.x.map((value, j) => [x.at(value), y.at(one.y[j])]).filter((_, j) => Number.isFinite(one.y[j]))
                            .map(point => point.filter(Number.isFinite)).filter(point => point.length === 2);
        if (points.length === 0) return;
        element("path", { style, d: "M" + points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join("L") }, svg);
        if (chart.marks || points.length === 1)
            for (const [cx, cy] of points) element("circle", { class: "mark", style, cx, cy, r: 3 }, svg);
    });
    const cursor = element("line", { class: "cursor", y1: top, y2: height - bottom }, svg);
    const reading = html("p", { class: "reading", "aria-live": "polite" }, box, `${chart.y} by ${chart.x}; point at it, or use the arrow keys`);
    // All x that any of the curves has.
    const stops = [...new Set(xs)].sort((a, b) => a - b);
    let at = stops.length - 1;
    const read = () => {
        const here = stops[at];
        cursor.setAttribute("x1", x.at(here));
        cursor.setAttribute("x2", x.at(here));
        cursor.style.visibility = "visible";
        const near = one => one.x.reduce((best, value, j) => Math.abs(value - here) < Math.abs(one.x[best] - here) ? j : best, 0);
        const told = series.length <= mostInKey ? series : [series[0], series[Math.round((series.length - 1) / 2)], series.at(-1)];
        reading.textContent = `${chart.x} ${text(here)}: ` +
            told.map(one => `${one.name} ${Number.isFinite(one.y[near(one)]) ? text(one.y[near(one)]) : "-"}`).join(", ");
    };
    svg.addEventListener("pointermove", event => {
        const area = svg.getBoundingClientRect();
        const px = (event.clientX - area.left) * width / area.width;
        at = stops.reduce((best, value, j) => Math.abs(x.at(value) - px) < Math.abs(x.at(stops[best]) - px) ? j : best, 0);
        read();
    });
    svg.addEventListener("keydown", event => {
        const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        at = Math.min(stops.length - 1, Math.max(0, at + step));
        read();
    });
    const same = series.every(one => one.x.length === series[0].x.length && one.x.every((value, j) => value === series[0].x[j]));
    const together = { caption: chart.title, headings: [chart.x, ...series.map(one => one.name)],
                       rows: series[0].x.map((value, j) => [value, ...series.map(one => one.y[j])]) };
    tables(box, same ? [together] : series.map(one => ({ caption: one.name, headings: [chart.x, one.name],
                                                         rows: one.x.map((value, j) => [value, one.y[j]]) })));
}

// Counts in bins: the first series as bars, the others as outlines over them.
function histogram(chart, box) {
    const total = one => one.counts.reduce((a, b) => a + b, 0);
    if (chart.series.length > 1) {
        const shown = html("ul", { class: "key" }, box);
        chart.series.forEach((one, i) => html("li", { style: `--colour: var(${i === 0 ? "--plus" : "--minus"})` }, shown, one.name));
    }
    if (!Number.isFinite(chart.low)) return html("p", { class: "soft" }, box, "No numbers.");
    const svg = drawing(box, chart, chart.series.map(one => `${one.name}: ${total(one)} values`).join(", ") +
                                    `, from ${text(chart.low)} to ${text(chart.high)}`, {});
    const bins = chart.series[0].counts.length, step = (width - left - right) / bins;
    // Shares, so that a start and an end of different sizes can be compared.
    const shares = chart.series.map(one => one.counts.map(count => count / Math.max(1, total(one))));
    const most = Math.max(...shares.flat(), 1e-9), y = share => top + (height - top - bottom) * (1 - share / most);
    shares[0].forEach((share, i) => element("rect", { class: "bar", x: left + i * step + 0.5, width: step - 1, y: y(share),
                                                      height: height - bottom - y(share) }, svg));
    for (const outline of shares.slice(1))
        element("path", { class: "outline", d: `M${left},${height - bottom}` + outline.map((share, i) =>
            `V${y(share).toFixed(1)}H${(left + (i + 1) * step).toFixed(1)}`).join("") + `V${height - bottom}` }, svg);
    element("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }, svg);
    for (const mark of marks(chart.low, chart.high))
        element("text", { class: "soft", x: left + (width - left - right) * (mark - chart.low) / (chart.high - chart.low || 1),
                          y: height - 34, "text-anchor": "middle" }, svg).textContent = text(mark);
    const edge = i => chart.low + (chart.high - chart.low) * i / bins;
    tables(box, [{ caption: chart.title, headings: ["from", "to", ...chart.series.map(one => one.name)],
                   rows: chart.series[0].counts.map((_, i) => [edge(i), edge(i + 1), ...chart.series.map(one => one.counts[i])]) }]);
}

// Points beside the line that they should stand on.
function scatter(chart, box) {
    const { x: xs, y: ys } = chart.series[0], all = [...xs, ...ys];
    if (xs.length === 0) return html("p", { class: "soft" }, box, "No rows.");
    const svg = drawing(box, chart, `${xs.length} points, ${chart.x} from ${text(Math.min(...xs))} to ${text(Math.max(...xs))}, ` +
                                    `${chart.y} from ${text(Math.min(...ys))} to ${text(Math.max(...ys))}`, {});
    const x = scale(all, left, width - right, false), y = scale(all, height - bottom, top, false);
    axes(svg, chart, x, y);
    const low = Math.min(...all), high = Math.max(...all);
    element("line", { class: "ideal", x1: x.at(low), y1: y.at(low), x2: x.at(high), y2: y.at(high) }, svg);
    xs.forEach((value, i) => element("circle", { class: "point", cx: x.at(value).toFixed(1), cy: y.at(ys[i]).toFixed(1), r: 2.5 }, svg));
    html("p", { class: "reading" }, box, `${chart.y} by ${chart.x}`);
    tables(box, [{ caption: chart.title, headings: [chart.x, chart.y], rows: xs.map((value, i) => [value, ys[i]]) }]);
}

// The numbers behind a drawing, for those who read and not look; made when they are asked for.
function tables(box, list) {
    const details = html("details", {}, box);
    html("summary", {}, details, "The numbers");
    details.addEventListener("toggle", () => {
        if (details.querySelector("table")) return;
        for (const { caption, headings, rows } of list) {
            const made = html("table", {}, html("div", { class: "scroll", tabindex: 0 }, details));
            html("caption", {}, made, caption);
            const head = html("tr", {}, html("thead", {}, made));
            for (const heading of headings) html("th", { class: "number", scope: "col" }, head, heading);
            const body = html("tbody", {}, made);
            for (const row of rows) {
                const shown = html("tr", {}, body);
                for (const value of row) html("td", { class: "number" }, shown, Number.isFinite(value) ? text(value) : "");
            }
        }
    });
}

function draw(box) {
    const chart = data.charts[box.dataset.chart];
    ({ line, histogram, scatter })[chart.kind](chart, box);
}

// What is folded up is drawn when it is looked at.
for (const box of document.querySelectorAll("[data-chart]")) {
    const folded = box.closest("details:not([open])");
    if (folded) folded.addEventListener("toggle", () => draw(box), { once: true });
    else draw(box);
}
})();
