import type { Project } from "../api/client";
import { inWords, type LabelBox } from "../api/results";
import { Outlines } from "../canvas/outlines";
import { percent } from "../parts/format";
import type { Box, Size } from "../shapes/fit";

type Props = {
  project: Project;
  image: Size;
  boxes: readonly (LabelBox & { score?: number })[];
  /** Said by a model. */
  dashed?: boolean;
};

/** Boxes of a label or a prediction over their image, in the colours of their categories. */
export function BoxOutlines({ project, image, boxes, dashed = false }: Props) {
  const colors = new Map(project.categories.map(({ name, color }) => [name, color]));
  return (
    <Outlines
      image={image}
      label={inWords({ boxes: [...boxes] })}
      boxes={boxes.map(({ id, category, bbox, score }, n) => ({
        key: id ?? String(n),
        box: bbox as unknown as Box,
        color: colors.get(category) ?? "#868e96",
        text: score === undefined ? category : `${category} ${percent(score)}`,
        dashed,
      }))}
    />
  );
}
