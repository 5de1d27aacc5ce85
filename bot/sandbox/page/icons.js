// Icons, drawn as strokes in a square of 24.

const SHAPES = {
  reply: "M10 5 4 11l6 6 M4 11h9a7 7 0 0 1 7 7v1",
  edit: "m14 6 4 4 M4 20l1-5L16 4a1.4 1.4 0 0 1 2 0l2 2a1.4 1.4 0 0 1 0 2L9 19l-5 1z",
  thread: "M4 5h16v11h-8l-5 4v-4H4z M8 9h8 M8 12h5",
  more: "M5 12h.01 M12 12h.01 M19 12h.01",
  plus: "M12 5v14 M5 12h14",
  close: "M6 6l12 12 M18 6 6 18",
  trash: "M4 7h16 M9 7V4h6v3 M6 7l1 13h10l1-13",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  forward: "m14 5 6 6-6 6 M20 11h-9a7 7 0 0 0-7 7v1",
  menu: "M4 6h16 M4 12h16 M4 18h16",
  app: "M4 4h6v6H4z M14 4h6v6h-6z M4 14h6v6H4z M14 14h6v6h-6z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M5 20a7 7 0 0 1 14 0",
  file: "M6 3h8l4 4v14H6V3z M14 3v5h4",
};
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("viewBox", "0 0 24 24");
  node.setAttribute("class", `icon icon-${name}`);
  node.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  node.append(path);
  return node;
}
