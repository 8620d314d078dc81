import type { Project } from "../../api/client";

export type Format = "mattes" | "cutouts" | "coco" | "yolo" | "voc" | "csv" | "folders" | "label-studio";

export const FORMATS: Record<Format, { text: string; hint: string }> = {
  mattes: {
    text: "Mattes",
    hint: "A grey PNG for each labeled image, its trimap where there is one, and attributes.csv.",
  },
  cutouts: {
    text: "Cut-outs",
    hint: "The labeled images without their background: PNGs with soft edges and no rim of the old one.",
  },
  coco: {
    text: "COCO",
    hint: "annotations.json with the labeled images, their boxes or masks, and each one's split. A matte becomes a hard mask, cut at its middle.",
  },
  yolo: {
    text: "YOLO",
    hint: "A text file for each labeled image, and the data.yaml that training starts from.",
  },
  voc: {
    text: "Pascal VOC",
    hint: "An XML file for each labeled image, and the lists of each split.",
  },
  csv: {
    text: "Table (CSV)",
    hint: "A row for each image, or for each of its boxes, with every attribute in a column.",
  },
  folders: {
    text: "Class folders",
    hint: "The labeled pictures in a folder for each category, and attributes.csv.",
  },
  "label-studio": {
    text: "Label Studio tasks",
    hint: "tasks.json with labels and predictions, and its config.",
  },
};
export const OF_KIND: Partial<Record<Project["kind"], readonly Format[]>> = {
  classification: ["csv", "folders", "label-studio"],
  detection: ["coco", "yolo", "voc", "csv", "label-studio"],
  matting: ["mattes", "cutouts", "coco", "label-studio"],
};
/** Where an image has one place for its label, and none for a second person's. */
export const ONE_LABELING: readonly Format[] = ["folders", "yolo", "voc", "mattes", "cutouts"];
