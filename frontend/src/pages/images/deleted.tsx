import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type ImageRow, need, type Schemas } from "../../api/client";
import { plural, when } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { ErrorNote } from "../../parts/notes";

type Props = { project: number; images: readonly ImageRow[]; more: boolean };

/** Deleted images by their names: their pictures are served to nobody until they are back. */
export function DeletedImages({ project, images, more }: Props) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [error, setError] = useState<unknown>(null);
  const [said, setSaid] = useState("");
  const restore = async (which: Pick<Schemas["BulkInputRequest"], "ids" | "filter">) => {
    setError(null);
    const params = { path: { id: project } };
    const body = { ...which, action: "restore" as const };
    await need(api.POST("/api/projects/{id}/images/bulk/", { params, body })).then(
      ({ changed }) => setSaid(`${plural(changed, "image")} restored.`),
      setError,
    );
    setChosen(new Set());
    for (const key of ["images", "project"]) void client.invalidateQueries({ queryKey: [key, project] });
  };
  const toggle = (id: number) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <section className="stack" aria-label="Deleted images">
      <ErrorNote error={error} />
      <p className="muted small" role="status">
        {said}
      </p>
      {images.length > 0 && (
        <div className="panel stack">
          <div className="row between">
            <span className="muted small">
              With their labels and predictions. What is restored goes where it was in the queue.
            </span>
            <div className="row tight">
              <button
                className="button small"
                disabled={!chosen.size}
                onClick={() => void restore({ ids: [...chosen] })}
              >
                Restore {chosen.size ? `${chosen.size} chosen` : "chosen"}
              </button>
              <button className="button small" onClick={() => void restore({ filter: { deleted: "1" } })}>
                Restore all{more ? "" : ` ${images.length}`}
              </button>
            </div>
          </div>
          <table className="wraps">
            <tbody>
              {images.map((image) => (
                <tr key={image.id}>
                  <td>
                    <label className="check">
                      <input
                        type="checkbox"
                        checked={chosen.has(image.id)}
                        onChange={() => toggle(image.id)}
                      />
                      <span className="break file-name">{image.name}</span>
                    </label>
                  </td>
                  <td className="muted small number">
                    {image.width} × {image.height}
                  </td>
                  <td className="muted small number">deleted {when(image.deleted)}</td>
                  <td className="number">
                    <button
                      className="button small"
                      onClick={() => void restore({ ids: [image.id] })}
                      aria-label={`Restore ${image.name}`}
                    >
                      <Icon name="undo" /> Restore
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
