// Modals.

import { selectNode } from "./components.js";
import { el, rememberFocus } from "./dom.js";
import { render } from "./markdown.js";

const TEXT_INPUT = 4;
const LABEL = 18;

// What was typed into modals that were closed unsent, by their titles.
const unsent = new Map();

/** Show a modal; `submit(values)` returns a promise of an error text or null.
 *  The focus returns to where it was, or else `lost()` is called. A dialog of the client itself names its button. */
export function openModal(modal, names, submit, { lost, button = "Submit", isDanger = false }) {
  const fields = [];
  const giveBack = rememberFocus();
  const error = el("div", { class: "message-error", role: "alert" });
  const form = el("form", { method: "dialog" },
    el("h2", {}, modal.title),
    modal.components.map((part) => component(part, fields, names)),
    error,
    el("div", { class: "form-foot" },
      el("button", { type: "button", class: "button link", onclick: () => dialog.close() }, "Cancel"),
      el("button", { type: "submit", class: isDanger ? "button danger" : "button primary" }, button)));
  const dialog = el("dialog", { "aria-label": modal.title }, form);
  const values = () => Object.fromEntries(fields.map(({ id, read }) => [id, read()]));
  const inputs = () => [...form.querySelectorAll("input, textarea")];
  let isSent = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = await submit(values());
    isSent = !failed;
    if (failed) error.textContent = failed;
    else dialog.close();
  });
  dialog.addEventListener("close", () => {
    if (isSent) unsent.delete(modal.title);
    else unsent.set(modal.title, inputs().map((input) => [input.defaultValue, input.value]));
    dialog.remove();
    if (!giveBack()) lost();
  });
  restore(inputs(), unsent.get(modal.title) ?? []);
  document.body.append(dialog);
  dialog.showModal();
}

// Where a field begins as it did then, what was typed is still wanted.
function restore(inputs, typed) {
  inputs.forEach((input, at) => {
    const [begun, value] = typed[at] ?? [];
    if (begun === input.defaultValue) input.value = value;
  });
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
  input.defaultValue = part.value ?? "";
  fields.push({ id: part.custom_id, read: () => input.value });
  return input;
}
