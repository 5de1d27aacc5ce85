// Evaluated on the page: returns what is wrong with how it looks, as a list of texts.
() => {
  const wrong = [];
  const isVisible = (node) => node.checkVisibility({ checkVisibilityCSS: true }) && node.getClientRects().length > 0;
  const short = (node) => node.outerHTML.slice(0, 120);

  const nameOf = (node) => node.getAttribute("aria-label") || node.textContent.trim() || node.title
    || [...(node.labels ?? [])].map((label) => label.textContent.trim()).join("");
  // Links inside of a text are as high as its lines.
  const isInText = (node) => node.closest(".message-body, .message-note, .message-origin, .file > div");
  const isTouch = matchMedia("(hover: none)").matches;
  for (const node of document.querySelectorAll("button, a[href], input, select, textarea, summary, [role=button]")) {
    if (!isVisible(node)) continue;
    const { width, height } = node.getBoundingClientRect();
    if (!nameOf(node)) wrong.push(`no name: ${short(node)}`);
    if (isTouch && Math.min(width, height) < 24 && !isInText(node)) wrong.push(`too small for a finger: ${short(node)}`);
  }

  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  for (const node of document.querySelectorAll("#bar *, header *, footer *, #members *, #tools *")) {
    const { left, right } = node.getBoundingClientRect();
    const scrolls = node.closest(".wire-list");
    if (isVisible(node) && !scrolls && (right > innerWidth + 1 || left < -1)) wrong.push(`outside of the window: ${short(node)}`);
  }

  // Contrast. Source: Web Content Accessibility Guidelines 2.2, 1.4.3 and "relative luminance".
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (colour, below) => below.map((value, at) => value * (1 - colour[3]) + colour[at] * colour[3]);
  const behind = (node) => {
    if (!node) return [255, 255, 255];
    const colour = rgba(getComputedStyle(node).backgroundColor);
    return colour[3] > 0.99 ? colour.slice(0, 3) : over(colour, behind(node.parentElement));
  };
  const linear = (value) => value <= 10.3 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const node = texts.currentNode.parentElement;
    if (!text || !isVisible(node) || node.closest("#said, .spoiler, :disabled")) continue;
    const style = getComputedStyle(node);
    const ground = behind(node);
    const [light, dark] = [luminance(over(rgba(style.color), ground)), luminance(ground)].sort((one, other) => other - one);
    const contrast = (light + 0.05) / (dark + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24;
    if (contrast < (isLarge ? 3 : 4.5)) wrong.push(`contrast ${contrast.toFixed(2)}: ${node.className || node.tagName} "${text.slice(0, 30)}"`);
  }
  return [...new Set(wrong)];
}
