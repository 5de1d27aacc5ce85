// Modals.

import { el } from "./dom.js";
import { render } from "./markdown.js";
import { selectNode } from "./messages.js";

const TEXT_INPUT = 4;
const LABEL = 18;

/** Show a modal; `submit(values)` returns a promise of an error text or null.
 *  `done()` is called when it closes. A dialog of the client itself names its button. */
export function openModal(modal, names, submit, { done, button = "Submit", isDanger = false }) {
  const fields = [];
  const error = el("div", { class: "message-error", role: "alert" });
  const form = el("form", { method: "dialog" },
    el("h2", {}, modal.title),
    modal.components.map((part) => component(part, fields, names)),
    error,
    el("div", { class: "form-foot" },
      el("button", { type: "button", class: "button link", onclick: () => dialog.close() }, "Cancel"),
      el("button", { type: "submit", class: isDanger ? "button danger" : "button primary" }, button)));
  const dialog = el("dialog", { "aria-label": modal.title }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = await submit(Object.fromEntries(fields.map(({ id, read }) => [id, read()])));
    if (failed) error.textContent = failed;
    else dialog.close();
  });
  dialog.addEventListener("close", () => { dialog.remove(); done(); });
  document.body.append(dialog);
  dialog.showModal();
}

function component(part, fields, names) {
  if (part.type === LABEL) {
    const description = part.description ? el("div", { class: "subtext" }, part.description) : null;
    return el("label", { class: "modal-field" }, part.label, description, control(part.component, fields, names));
  }
  if (part.type === 10) return el("div", {}, render(part.content, names));
  const inner = part.components?.[0];
  return el("label", { class: "modal-field" }, inner.label ?? "", control(inner, fields, names));
}

function control(part, fields, names) {
  if (part.type !== TEXT_INPUT) {
    let chosen = (part.options ?? []).filter((option) => option.default).map((option) => option.value);
    fields.push({ id: part.custom_id, read: () => chosen });
    return selectNode(part, names, (_, values) => { chosen = values; });
  }
  const properties = {
    placeholder: part.placeholder, required: part.required !== false,
    minlength: part.min_length, maxlength: part.max_length,
  };
  const input = part.style === 2
    ? el("textarea", { rows: "5", ...properties })
    : el("input", { type: "text", autocomplete: "off", ...properties });
  input.value = part.value ?? "";
  fields.push({ id: part.custom_id, read: () => input.value });
  return input;
}
