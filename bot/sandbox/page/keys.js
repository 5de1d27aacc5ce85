// Keys that work wherever the focus is.

const FIELDS = "input:not([type=checkbox]), textarea, select, dialog, [role=menu], [role=tablist]";
const PRESSED_BY_SPACE = "button, input, summary, a, [role=button]";

/** What is typed outside of a field goes to the composer, Page Up and Page Down scroll the log, and
 *  Escape closes what `close()` closes, or else leads back to the composer. */
export function offerKeys({ composer, log, close }) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const { key, target } = event;
    const isPaste = (event.ctrlKey || event.metaKey) && key === "v";
    if ((event.ctrlKey || event.metaKey) && !isPaste) return;
    if (key === "Escape") {
      if (!close() && !target.closest(FIELDS)) composer.focus();
    } else if ((key === "PageUp" || key === "PageDown") && !log.contains(target)) {
      log.scrollBy({ top: log.clientHeight * (key === "PageUp" ? -0.8 : 0.8) });
    } else if (isTyped(key, isPaste) && !target.closest?.(FIELDS) && !(key === " " && target.closest?.(PRESSED_BY_SPACE))) {
      // The key itself arrives in the field that has the focus when it is pressed.
      composer.focus();
    }
  });
}

function isTyped(key, isPaste) {
  return isPaste || [...key].length === 1;
}
