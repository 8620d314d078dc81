import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, need } from "../../api/client";
import { plural } from "../../parts/format";
import { ErrorNote, Skeleton } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import type { CategoryInput } from "./categories-field";

type Props = {
  project: number;
  category: CategoryInput;
  others: readonly CategoryInput[];
  remove: (into?: number) => void;
  close: () => void;
};

/** A category that labels carry becomes another one; one that nothing carries may simply go. */
export function Removal({ project, category, others, remove, close }: Props) {
  const [chosen, setChosen] = useState("");
  const { data, error, refetch } = useQuery({
    queryKey: ["categories", project],
    queryFn: () => need(api.GET("/api/projects/{id}/categories/", { params: { path: { id: project } } })),
    staleTime: 0,
  });
  const ids = new Set([category, ...(category.taken ?? [])].map((one) => one.id));
  const labels = data?.filter((one) => ids.has(one.id)).reduce((sum, one) => sum + one.labels, 0);
  const into = others.find((one) => String(one.key) === chosen);
  return (
    <Sheet title={`Remove ${category.name}`} close={close}>
      <ErrorNote error={error} retry={() => void refetch()} />
      {labels === undefined && !error && <Skeleton lines={2} />}
      {labels !== undefined && (
        <>
          <label className="field">
            <span>What becomes of it</span>
            <select value={chosen} onChange={(event) => setChosen(event.target.value)} autoFocus>
              <option value="">{labels ? "Choose a category" : "It goes"}</option>
              {others.map((one) => (
                <option key={one.key} value={one.key}>
                  It becomes {one.name}
                </option>
              ))}
            </select>
          </label>
          <p className="break">{textOf(category.name, labels, into?.name)}</p>
        </>
      )}
      <div className="row end">
        <button type="button" className="button" onClick={close}>
          Keep it
        </button>
        <button
          type="button"
          className="button danger"
          disabled={labels === undefined || (labels > 0 && !into)}
          onClick={() => remove(into?.key)}
        >
          {into ? `Merge into ${into.name}` : "Remove"}
        </button>
      </div>
    </Sheet>
  );
}

function textOf(name: string, labels: number, into: string | undefined): string {
  const say = labels === 1 ? "says" : "say";
  if (into && !labels) return `No label says ${name}. Models that know it answer ${into} from then on.`;
  if (into) {
    const become = labels === 1 ? "becomes" : "become";
    return `When you save, ${plural(labels, "label")} of ${name} ${become} ${into}, and models that know it answer ${into}. This cannot be undone.`;
  }
  if (!labels) return `No label says ${name}. It goes when you save.`;
  return `${plural(labels, "label")} ${say} ${name}: choose what it becomes, or relabel those images first.`;
}
