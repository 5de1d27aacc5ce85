// The field in which one's own message is changed.

import { el } from "./dom.js";
import { Picker } from "./picker.js";

/** Show the field in place of a message's text; `save(text)` returns an error text or null. */
export function openEditor(view, text, { mentions, save, done }) {
  if (view.node.classList.contains("editing")) return;
  const field = el("textarea", { class: "editor", rows: "1", "aria-label": "Edit message" });
  field.value = text;
  const picker = new Picker(field, { id: `picker-${view.message.id}`, suggest: () => picker.mentioned(mentions) });
  const close = () => {
    box.remove();
    view.node.classList.remove("editing");
    done();
  };
  const keep = async () => {
    const error = field.value.trim() && field.value !== text ? await save(field.value.trim()) : null;
    if (error) view.fail(error);
    else close();
  };
  const word = (name, act) => el("button", { type: "button", class: "as-link", onclick: act }, name);
  // There is no room above the first messages.
  const isHigh = view.node.getBoundingClientRect().top < innerHeight / 2;
  const box = el("div", { class: "editing-box" }, el("div", { class: isHigh ? "picked below" : "picked" }, picker.node, field),
    el("div", { class: "subtext" }, "escape to ", word("cancel", close), " · enter to ", word("save", keep)));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (!picker.key(event)) {
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && !event.shiftKey) keep();
      else return;
    }
    event.preventDefault();
  });
  view.fail(null);
  view.node.classList.add("editing");
  view.parts.body.after(box);
  field.focus();
}
