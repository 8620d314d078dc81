import type { Project } from "../../api/client";
import { Outlines } from "../../canvas/outlines";
import { plural } from "../../parts/format";
import type { Box } from "../../shapes/fit";
import type { Made } from "./queries";

type Props = { picture: Made; project: Project; named?: boolean };

/** The boxes of a made picture; dashed where the thing has moved or vanished in translation. */
export function MadeOutlines({ picture, project, named }: Props) {
  const colors = new Map(project.categories.map(({ name, color }) => [name, color]));
  const { width, height, boxes } = picture;
  return (
    <Outlines
      image={{ width, height }}
      label={plural(boxes.length, "box", "boxes")}
      boxes={boxes.map((box) => ({
        key: String(box.number),
        box: box.bbox as unknown as Box,
        color: box.flag ? "#ff5d5d" : (colors.get(box.category ?? "") ?? "#868e96"),
        dashed: Boolean(box.flag),
        text: named ? words(box) : undefined,
      }))}
    />
  );
}

function words({ category, visible, flag }: Made["boxes"][number]): string {
  const hidden = visible < 0.995 ? `, ${Math.round(visible * 100)} % seen` : "";
  return `${category ?? "no category any more"}${flag ? `, ${flag}` : hidden}`;
}
