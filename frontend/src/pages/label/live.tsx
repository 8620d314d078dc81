import { percent } from "../../parts/format";
import { type Entry, isOpen } from "../../store/entry";
import { type Keymap, keysOf } from "../../tools/keys";

type Props = {
  said: string;
  entry: Entry | undefined;
  place: number;
  total: number;
  keymap: Keymap;
};

/** What a screen reader says as the screen goes on: one text an image, so that each is said once. */
export function Live({ said, entry, place, total, keymap }: Props) {
  return (
    <p className="visually-hidden" aria-live="polite">
      {said}{" "}
      {entry
        ? `Image ${place} of ${total}: ${entry.item.image.name}.${preLabel(entry, keymap)}`
        : "No image is left."}
    </p>
  );
}

/** What the model says and which key takes it, where that is what stands on the screen. */
function preLabel(entry: Entry, keymap: Keymap): string {
  const predicted = entry.item.prediction?.result;
  if (!predicted || !isOpen(entry)) return "";
  const { category, scores, distracted } = predicted;
  if (!category) return " The model gives no category.";
  const score = scores[category];
  const facts = [category, score === undefined ? "" : percent(score), distracted ? "distracted" : ""];
  const key = keysOf(keymap.accept[0] ?? "").join(" ");
  return ` Pre-label: ${facts.filter(Boolean).join(", ")}. ${key} accepts.`;
}
