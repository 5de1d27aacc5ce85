// DOM elements. Strings become text nodes, never markup: a model's answer must not run.

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Give a node other children; what had the focus is found again by its id. */
export function refill(node, ...children) {
  const held = node.contains(document.activeElement) ? document.activeElement.id : "";
  node.replaceChildren(...children);
  if (held) document.getElementById(held)?.focus({ preventScroll: true });
}

/** Remember what has the focus. Returns what gives it back: to the same control, also if it was replaced
 *  since, or to the message that it was in. That returns false if there is nothing left to give it to. */
export function rememberFocus() {
  const held = document.activeElement;
  const message = held?.closest("article");
  const sign = ["data-custom-id", "aria-label"].find((name) => held?.hasAttribute(name));
  const inMessage = () => sign && message?.querySelector(`[${sign}="${CSS.escape(held.getAttribute(sign))}"]`);
  return () => {
    // The toolbar goes to the message that has the focus.
    message?.focus({ preventScroll: true });
    const control = held?.isConnected ? held : document.getElementById(held?.id) ?? inMessage();
    control?.focus({ preventScroll: true });
    return document.activeElement !== document.body;
  };
}

/** Let a button do nothing for now. It only says so: disabled, it would lose the focus. */
export function disable(button, isOff) {
  if (isOff) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

export function isDisabled(button) {
  return button.hasAttribute("aria-disabled");
}

/** Return the address if it is HTTP or HTTPS, else null. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(address, ...children) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}

/** Select one option of a listbox, or none for -1, and announce it at its input. */
export function mark(list, input, index) {
  [...list.children].forEach((node, at) => {
    node.setAttribute("aria-selected", String(at === index));
    if (at === index) node.scrollIntoView({ block: "nearest" });
  });
  if (index >= 0) input.setAttribute("aria-activedescendant", `${list.id}-${index}`);
  else input.removeAttribute("aria-activedescendant");
}
