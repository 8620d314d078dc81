import { percent } from "../../parts/format";
import type { Classes } from "../../api/results";
import type { Entry } from "../../store/entry";
import { type Keymap, keysOf } from "../../tools/keys";

type Props = {
  said: string;
  entry: Entry | undefined;
  place: number;
  total: number;
  /** What the model says, where that is what stands on the screen. */
  preLabel: string;
};

/** What a screen reader says as the screen goes on: one text an image, so that each is said once. */
export function Live({ said, entry, place, total, preLabel }: Props) {
  return (
    <p className="visually-hidden" aria-live="polite">
      {said}{" "}
      {entry ? `Image ${place} of ${total}: ${entry.item.image.name}.${preLabel}` : "No image is left."}
    </p>
  );
}

/** What the model says and which key takes it. */
export function preLabel(predicted: Classes | null, keymap: Keymap): string {
  if (!predicted) return "";
  const { category, scores, distracted } = predicted;
  if (!category) return " The model gives no category.";
  const score = scores[category];
  const facts = [category, score === undefined ? "" : percent(score), distracted ? "distracted" : ""];
  const key = keysOf(keymap.accept[0] ?? "").join(" ");
  return ` Pre-label: ${facts.filter(Boolean).join(", ")}. ${key} accepts.`;
}
