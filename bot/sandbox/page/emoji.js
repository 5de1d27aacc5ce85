// What is offered as a reaction.

const NAMES = {
  "👍": "thumbs up", "❤️": "heart", "😂": "laughing", "🎉": "party", "👀": "eyes", "✅": "done",
  "👎": "thumbs down", "🔥": "fire", "🤔": "thinking", "😢": "sad", "😮": "surprised", "🙏": "thanks",
  "😊": "smiling", "😎": "cool", "✔️": "tick", "☕": "coffee", "⚡": "lightning", "☝️": "pointing up",
};
// No character, so it is drawn as one that the fonts lack.
const LACKING = "\u{1FFFE}";
const SIZE = 32;
const QUICK = 6;

let shown = null;

function drawn(text) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const context = canvas.getContext("2d");
  context.font = "20px sans-serif";
  context.fillText(text, 2, 24);
  return context.getImageData(0, 0, SIZE, SIZE).data.join();
}

/** Return the emoji that this machine has in a font, each with the name that is read aloud. */
export function allEmoji() {
  if (!shown) {
    const lacking = drawn(LACKING);
    shown = Object.entries(NAMES).filter(([emoji]) => drawn(emoji) !== lacking);
  }
  return shown;
}

export function quickEmoji() {
  return allEmoji().slice(0, QUICK);
}
