// What a message holds beside its text: buttons, selects, embeds and files.

import { el, link, webAddress } from "./dom.js";
import { render } from "./markdown.js";
import { bytes } from "./requests.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

/** Return a component; `use` is `{click(node, part), choose(node, part, values)}`. */
export function componentNode(part, names, use) {
  const nested = () => part.components.map((one) => componentNode(one, names, use));
  switch (part.type) {
    case 1: return el("div", { class: "row" }, nested());
    case 2: return buttonNode(part, use);
    case 3: case 5: case 6: case 7: case 8: return selectNode(part, names, (node, values) => use.choose(node, part, values));
    case 9: return el("div", { class: "section" }, el("div", {}, nested()), componentNode(part.accessory, names, use));
    case 10: return el("div", {}, render(part.content, names));
    case 14: return el("hr", { class: part.divider === false ? "blank" : "" });
    case 17: return el("div", { class: "container" }, nested());
    default: return el("div", { class: "subtext" }, `(component of type ${part.type})`);
  }
}

function buttonNode(part, use) {
  const text = [part.emoji?.name, part.label].filter(Boolean).join(" ");
  if (part.style === 5) {
    const address = webAddress(part.url);
    const node = address ? link(address, `${text} ↗`) : el("span", {}, text);
    node.className = "button link";
    return node;
  }
  const style = BUTTON_STYLES[part.style] ?? "secondary";
  return el("button", {
    type: "button", class: `button ${style}`, disabled: part.disabled, dataset: { customId: part.custom_id },
    onclick: (event) => use.click(event.currentTarget, part),
  }, text);
}

/** Return the options of a select: its own, or the guild's users, roles or channels. */
function selectOptions(part, names) {
  if (part.type === 3) return part.options;
  const kinds = { 5: ["users"], 6: ["roles"], 7: ["users", "roles"], 8: ["channels"] };
  return kinds[part.type].flatMap((kind) => names.all(kind));
}

/** Return a select; it calls `choose(node, values)`. */
export function selectNode(part, names, choose) {
  const many = (part.max_values ?? 1) > 1;
  const chosen = new Set(part.default_values?.map(({ id }) => id));
  const options = selectOptions(part, names).map((option) => el("option", {
    value: option.value, selected: Boolean(option.default) || chosen.has(option.value), title: option.description,
  }, [option.emoji?.name, option.label].filter(Boolean).join(" ")));
  const label = part.placeholder ?? "Make a selection";
  const node = el("select", {
    multiple: many, disabled: part.disabled, "aria-label": label, dataset: { customId: part.custom_id },
  });
  if (!many) {
    const none = !options.some((option) => option.hasAttribute("selected") || option.selected);
    node.append(el("option", { value: "", disabled: true, selected: none, hidden: true }, label));
  }
  node.append(...options);
  const values = () => [...node.selectedOptions].map((option) => option.value).filter(Boolean);
  if (!many) {
    node.addEventListener("change", () => choose(node, values()));
    return node;
  }
  node.size = Math.min(options.length, 6);
  const done = el("button", { type: "button", class: "button secondary", onclick: () => choose(node, values()) }, "Choose");
  return el("div", { class: "many" }, el("span", { class: "subtext" }, label), node, done);
}

export function fileNode(attachment) {
  const address = new URL(attachment.url, location.href);
  const href = address.pathname;
  const name = el("a", { href, download: attachment.filename }, attachment.filename);
  const size = el("span", { class: "subtext" }, bytes(attachment.size));
  const picture = attachment.content_type?.startsWith("image/") && attachment.content_type !== "image/svg+xml"
    ? el("img", { src: href, alt: attachment.description ?? attachment.filename }) : null;
  const get = el("a", { class: "download", href, download: attachment.filename, "aria-label": `Download ${attachment.filename}` }, "Download");
  return el("div", { class: "file" }, el("div", {}, name, size), get, picture);
}

export function embedNode(data, names) {
  const address = data.url ? webAddress(data.url) : null;
  const title = data.title ? [address ? link(address, data.title) : data.title] : [];
  const fields = (data.fields ?? []).map((field) => el("div", { class: field.inline ? "field inline" : "field" },
    el("b", {}, field.name), el("div", {}, render(field.value, names))));
  const node = el("div", { class: "embed" },
    data.author ? el("div", { class: "embed-author" }, data.author.name) : null,
    title.length ? el("div", { class: "embed-title" }, title) : null,
    data.description ? el("div", {}, render(data.description, names)) : null,
    fields.length ? el("div", { class: "fields" }, fields) : null,
    data.footer ? el("div", { class: "subtext" }, data.footer.text) : null);
  if (data.color) node.style.borderLeftColor = `#${data.color.toString(16).padStart(6, "0")}`;
  return node;
}
