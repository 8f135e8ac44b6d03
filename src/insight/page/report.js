// Draws the charts of a training's report from the page's data.
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const width = 560, height = 260, left = 62, right = 12, top = 12, bottom = 34;

const text = value => Number(value.toPrecision(4)).toString();

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

// Where the marks of an axis stand: 1, 2 or 5 times a power of ten apart.
function marks(low, high) {
    const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough);
    const found = [];
    for (let mark = Math.ceil(low / step) * step; mark <= high + 1e-9 * step; mark += step) found.push(mark);
    return found;
}

// A scale from values to pixels; logarithmic where values spread over more than two powers of ten.
function scale(values, from, to) {
    const low = Math.min(...values), high = Math.max(...values);
    if (low > 0 && high > 100 * low) {
        const a = Math.log10(low), b = Math.log10(high);
        const powers = [];
        for (let power = Math.ceil(a); power <= b; power += Math.max(1, Math.round((b - a) / 5))) powers.push(10 ** power);
        return { at: value => from + (to - from) * (Math.log10(value) - a) / (b - a), marks: powers };
    }
    const span = high - low || Math.abs(high) || 1;
    return { at: value => from + (to - from) * (value - low) / span, marks: marks(low, high) };
}

function line(chart, box) {
    const series = chart.series.filter(one => one.x.length > 0);
    const xs = series.flatMap(one => one.x), ys = series.flatMap(one => one.y).filter(Number.isFinite);
    if (ys.length === 0) return;
    const key = html("ul", { class: "key" }, box);
    series.forEach((one, i) => html("li", { class: "k" + i % 3 }, key, one.name));
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: 0,
                                 "aria-label": `${chart.title}: ` + series.map(one =>
                                     `${one.name} from ${text(one.y[0])} to ${text(one.y.at(-1))}`).join(", ") }, box);
    const x = scale(xs, left, width - right), y = scale(ys, height - bottom, top);
    for (const mark of y.marks) {
        element("line", { class: "axis", x1: left, x2: width - right, y1: y.at(mark), y2: y.at(mark) }, svg);
        element("text", { class: "soft", x: left - 6, y: y.at(mark) + 4, "text-anchor": "end" }, svg).textContent = text(mark);
    }
    for (const mark of x.marks)
        element("text", { class: "soft", x: x.at(mark), y: height - 14, "text-anchor": "middle" }, svg).textContent = text(mark);
    series.forEach((one, i) => {
        const points = one.x.map((value, j) => Number.isFinite(one.y[j]) ? `${x.at(value).toFixed(1)},${y.at(one.y[j]).toFixed(1)}` : "");
        element("path", { class: "s" + i % 3, d: "M" + points.filter(Boolean).join("L") }, svg);
    });
    const cursor = element("line", { class: "cursor", y1: top, y2: height - bottom }, svg);
    const reading = html("p", { class: "reading", "aria-live": "polite" }, box);
    let at = series[0].x.length - 1;
    const read = () => {
        const here = series[0].x[at];
        cursor.setAttribute("x1", x.at(here));
        cursor.setAttribute("x2", x.at(here));
        cursor.style.visibility = "visible";
        const near = one => one.x.reduce((best, value, j) => Math.abs(value - here) < Math.abs(one.x[best] - here) ? j : best, 0);
        reading.textContent = `${chart.x} ${text(here)}: ` + series.map(one => `${one.name} ${text(one.y[near(one)])}`).join(", ");
    };
    svg.addEventListener("pointermove", event => {
        const area = svg.getBoundingClientRect();
        const px = (event.clientX - area.left) * width / area.width;
        at = series[0].x.reduce((best, value, j) => Math.abs(x.at(value) - px) < Math.abs(x.at(series[0].x[best]) - px) ? j : best, 0);
        read();
    });
    svg.addEventListener("keydown", event => {
        const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        at = Math.min(series[0].x.length - 1, Math.max(0, at + step));
        read();
    });
    table(box, [chart.x, ...series.map(one => one.name)], series[0].x.map((value, j) => [value, ...series.map(one => one.y[j])]));
}

// Counts in bins, side by side.
function histogram(chart, box) {
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
                                 "aria-label": `${chart.title}: ${chart.counts.reduce((a, b) => a + b, 0)} values from ` +
                                               `${text(chart.low)} to ${text(chart.high)}` }, box);
    const most = Math.max(1, ...chart.counts), step = (width - left - right) / chart.counts.length;
    chart.counts.forEach((count, i) => element("rect", {
        class: "bar", x: left + i * step + 0.5, width: step - 1,
        y: top + (height - top - bottom) * (1 - count / most), height: (height - top - bottom) * count / most }, svg));
    for (const mark of marks(chart.low, chart.high))
        element("text", { class: "soft", x: left + (width - left - right) * (mark - chart.low) / (chart.high - chart.low || 1),
                          y: height - 14, "text-anchor": "middle" }, svg).textContent = text(mark);
}

// The numbers behind a drawing, for those who read and not look.
function table(box, headings, rows) {
    const details = html("details", {}, box);
    html("summary", {}, details, "The numbers");
    const scroll = html("div", { class: "scroll", tabindex: 0 }, details);
    const made = html("table", {}, scroll);
    const head = html("tr", {}, html("thead", {}, made));
    for (const heading of headings) html("th", { class: "number" }, head, heading);
    const body = html("tbody", {}, made);
    for (const row of rows) {
        const line = html("tr", {}, body);
        for (const value of row) html("td", { class: "number" }, line, Number.isFinite(value) ? text(value) : "");
    }
}

for (const box of document.querySelectorAll("[data-chart]")) {
    const chart = data.charts[box.dataset.chart];
    (chart.counts ? histogram : line)(chart, box);
}
})();
