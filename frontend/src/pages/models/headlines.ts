import type { Project } from "../../api/client";

/** The figures of a version that are told wherever there is room for two; the gate goes by the first. */
export const HEADLINES: Record<Project["kind"], readonly (readonly [name: string, text: string])[]> = {
  classification: [
    ["macro_f1", "Macro-F1"],
    ["accuracy", "Accuracy"],
  ],
  detection: [
    ["map", "mAP 50–95"],
    ["map50", "mAP 50"],
  ],
};
