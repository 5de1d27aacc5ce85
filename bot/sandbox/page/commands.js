// Slash commands: the list behind "/", and the form of one command.

import { el } from "./dom.js";
import { SuggestingField } from "./fields.js";
import { icon } from "./icons.js";

const CHAT_INPUT = 1;
const KIND = { subCommand: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, file: 11 };
const LISTED = { [KIND.user]: ["users"], [KIND.channel]: ["channels"], [KIND.role]: ["roles"], [KIND.mentionable]: ["users", "roles"] };
const YES_OR_NO = [{ name: "True", value: true }, { name: "False", value: false }];
const SHOWN = 25;

/** Return one entry for each command and sub-command. */
export function entries(commands) {
  return commands
    .filter((command) => command.type === CHAT_INPUT)
    .flatMap((command) => leaves(command.name, command))
    .sort((one, other) => one.name.localeCompare(other.name));
}

function leaves(name, node) {
  const options = node.options ?? [];
  const nested = options.filter((option) => option.type === KIND.subCommand || option.type === KIND.group);
  if (!nested.length) return [{ name, description: node.description, options }];
  return nested.flatMap((option) => leaves(`${name} ${option.name}`, option));
}

/** Return the entries that contain what was typed; those that start with it come first. */
export function matching(all, typed) {
  const text = typed.toLowerCase();
  const starts = all.filter((entry) => entry.name.startsWith(text));
  const holds = all.filter((entry) => !starts.includes(entry) && entry.name.includes(text));
  return [...starts, ...holds];
}

/** The form of one command. */
export class CommandForm {
  constructor(entry, { names, autocomplete, send, cancel, escape, changed }) {
    this.entry = entry;
    this.names = names;
    this.autocomplete = autocomplete;
    this.changed = changed;
    this.fields = entry.options.map((option) => this.#field(option));
    this.#showFiles();
    this.hint = el("div", { class: "form-hint", "aria-live": "polite" });
    const close = el("button", { type: "button", class: "as-icon", "aria-label": "Discard command", title: "Discard command", onclick: cancel }, icon("close"));
    const go = el("button", { type: "submit", class: "button primary small" }, "Send");
    this.node = el("form", { class: "command-form", novalidate: "", "aria-label": `/${entry.name}` },
      el("div", { class: "form-fields" },
        el("span", { class: "command-name" }, `/${entry.name}`),
        this.fields.map((field) => field.node)),
      el("div", { class: "form-foot" }, this.hint, close, go));
    this.node.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(send); });
    this.node.addEventListener("keydown", (event) => this.#key(event, { cancel, escape }));
  }

  focus() {
    const first = this.fields.find((field) => field.option.required) ?? this.fields[0];
    (first?.input ?? this.node.querySelector("button[type=submit]")).focus();
  }

  /** Return what was filled in, but not files: `{name, fields: {option: {text, chosen}}}`. */
  draft() {
    const filled = this.fields.filter((field) => field.option.type !== KIND.file && isFilled(field));
    const fields = filled.map(({ option, input, suggesting }) => [option.name, { text: input.value, chosen: suggesting?.chosen ?? null }]);
    return { name: this.entry.name, fields: Object.fromEntries(fields) };
  }

  /** Fill in the fields of a draft. */
  restore(fields) {
    for (const { option, input, suggesting } of this.fields) {
      const { text, chosen } = fields[option.name] ?? {};
      if (text === undefined) continue;
      input.value = text;
      if (suggesting) suggesting.chosen = chosen;
    }
  }

  /** Return the values by option name, without empty ones. */
  values() {
    const filled = this.fields.map((field) => [field.option.name, field.read()]);
    return Object.fromEntries(filled.filter(([, value]) => value !== null));
  }

  /** Put files into the file options that are empty, in order. */
  attach(files) {
    const empty = this.fields.filter(({ option, input }) => option.type === KIND.file && !input.files.length);
    empty.slice(0, files.length).forEach(({ input }, at) => {
      const one = new DataTransfer();
      one.items.add(files[at]);
      input.files = one.files;
    });
    this.#showFiles();
  }

  #field(option) {
    const input = el("input", {
      type: option.type === KIND.file ? "file" : "text",
      placeholder: option.required ? "" : "optional",
      autocomplete: "off", spellcheck: "false",
      required: Boolean(option.required),
      maxlength: option.max_length, "aria-description": option.description,
      dataset: { option: option.name },
    });
    const field = { option, input, suggesting: null, read: () => typed(option, input) };
    const suggest = this.#suggestions(option, field);
    let control = input;
    if (suggest) {
      const strict = !option.autocomplete;
      field.suggesting = new SuggestingField({ suggest, strict, input });
      field.read = () => converted(option, field.suggesting.value);
      control = field.suggesting.node;
    }
    if (option.type === KIND.file) {
      field.read = () => input.files[0] ?? null;
      control = el("span", { class: "file-choice" }, input, el("span", { class: "file-name" }));
      input.addEventListener("change", () => this.#showFiles());
    }
    const name = option.required ? option.name : [option.name];
    field.node = el("label", { class: option.required ? "field-box" : "field-box optional" }, el("span", { class: "field-name" }, name), control);
    input.addEventListener("focus", () => this.#say(option.description));
    input.addEventListener("chosen", () => {
      this.changed();
      this.#next(field);
    });
    return field;
  }

  // Of the files that may be left out, the next one is offered once there is the one before.
  #showFiles() {
    let isOffered = true;
    for (const { option, input, node } of this.fields.filter((field) => field.option.type === KIND.file)) {
      const [file] = input.files;
      node.querySelector(".file-name").textContent = file?.name ?? "Choose a file";
      node.hidden = !file && !option.required && !isOffered;
      isOffered = Boolean(file) || (isOffered && option.required);
    }
  }

  #suggestions(option, field) {
    const among = (choices) => async (text) => choices.filter((choice) => choice.name.toLowerCase().includes(text.toLowerCase())).slice(0, SHOWN);
    if (option.choices?.length) return among(option.choices);
    if (option.autocomplete) return () => this.autocomplete(this.entry.name, { ...this.values(), [option.name]: field.input.value }, option.name);
    if (option.type === KIND.boolean) return among(YES_OR_NO);
    const kinds = LISTED[option.type];
    if (!kinds) return null;
    return among(kinds.flatMap((kind) => this.names.all(kind)).map((one) => ({ name: one.label, value: one.value })));
  }

  #next(field) {
    const rest = this.fields.slice(this.fields.indexOf(field) + 1);
    rest.find((one) => one.option.required && !one.input.value)?.input.focus();
  }

  #key(event, { cancel, escape }) {
    const field = this.fields.find((one) => one.input === event.target);
    if (field?.suggesting?.key(event)) {
      event.preventDefault();
    } else if (event.key === "Escape") {
      event.preventDefault();
      escape();
    } else if (event.key === "Backspace" && field === this.fields[0] && !this.#anything()) {
      event.preventDefault();
      cancel();
    }
  }

  #anything() {
    return this.fields.some((field) => field.input.value !== "");
  }

  #submit(send) {
    const missing = this.fields.find((field) => field.option.required && !isFilled(field));
    const wrong = this.fields.find((field) => isFilled(field) && field.read() === null);
    const at = missing ?? wrong;
    if (!at) {
      send(this.entry.name, this.values());
      return;
    }
    at.input.focus();
    at.input.classList.add("wrong");
    at.input.addEventListener("input", () => at.input.classList.remove("wrong"), { once: true });
    this.#say(missing ? "This option is required. Specify a value." : misfit(at), true);
  }

  #say(text, isError = false) {
    this.hint.textContent = text;
    this.hint.classList.toggle("error", isError);
  }
}

function isFilled(field) {
  return field.input.value.trim() !== "";
}

function misfit({ option }) {
  if (option.type === KIND.integer) return "Enter a whole number.";
  return option.type === KIND.number ? "Enter a number." : "Choose an option from the list.";
}

function typed(option, input) {
  return converted(option, input.value.trim() || null);
}

function converted(option, value) {
  if (value === null || ![KIND.integer, KIND.number].includes(option.type)) return value;
  const number = Number(value);
  const whole = option.type === KIND.number || Number.isInteger(number);
  return Number.isFinite(number) && whole ? number : null;
}
