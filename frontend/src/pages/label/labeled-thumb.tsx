import { thumbnailUrl } from "../../api/addresses";
import type { Project } from "../../api/client";
import { Outlines } from "../../canvas/outlines";
import type { Size } from "../../shapes/fit";
import { boxOf, inShort, type Label } from "../../store/labels";

const MOST = 300; // boxes that are drawn on a small picture

type Props = {
  image: number;
  /** Of the image, for its boxes; without it they cannot be drawn. */
  size: Size | undefined;
  label: Label;
  categories: Project["categories"];
  name?: string;
  /** The picture is cut to fill its place. */
  crop?: boolean;
};

/** A small picture with the boxes of a label over it. */
export function LabeledThumb({ image, size, label, categories, name = "", crop }: Props) {
  const colors = new Map(categories.map(({ name, color }) => [name, color]));
  const boxes = (label.boxes ?? []).slice(0, MOST).map((box, n) => ({
    key: box.id ?? String(n),
    box: boxOf(box),
    color: colors.get(box.category) ?? "currentcolor",
  }));
  return (
    <span className="thumb-frame">
      <img src={thumbnailUrl(image)} alt={name} loading="lazy" />
      {size && boxes.length > 0 && <Outlines boxes={boxes} image={size} label={inShort(label)} crop={crop} />}
    </span>
  );
}
