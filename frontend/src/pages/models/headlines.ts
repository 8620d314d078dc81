import type { Project } from "../../api/client";
import { decimal, percent } from "../../parts/format";

export type Headline = { name: string; text: string; show: (value: number | undefined) => string };

const share = (name: string, text: string): Headline => ({ name, text, show: (value) => percent(value, 1) });

/** The figures of a version that are told wherever there is room for two; the gate goes by the first. */
export const HEADLINES: Record<Project["kind"], readonly Headline[]> = {
  classification: [share("macro_f1", "Macro-F1"), share("accuracy", "Accuracy")],
  detection: [share("map", "mAP 50–95"), share("map50", "mAP 50")],
  matting: [
    { name: "mse", text: "MSE, 10⁻³", show: decimal },
    { name: "sad", text: "SAD, thousands", show: decimal },
  ],
};
