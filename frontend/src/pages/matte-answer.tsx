import { useEffect, useState } from "react";
import { cutOut } from "../api/files";
import { ErrorNote } from "../parts/notes";

type View = "cut-out" | "matte" | "picture";
const VIEWS: readonly View[] = ["cut-out", "matte", "picture"];
type Props = { project: number; file: File; picture: string; alpha: string };

/** What came back for a picture: its foreground on a checkerboard, the matte itself, and what was sent. */
export function MatteAnswer({ project, file, picture, alpha }: Props) {
  const [view, setView] = useState<View>("cut-out");
  const [cut, setCut] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let address: string | null = null;
    let there = true;
    cutOut(project, file).then(
      (blob) => {
        if (!there) return;
        address = URL.createObjectURL(blob);
        setCut(address);
      },
      (problem: unknown) => there && setError(problem),
    );
    return () => {
      there = false;
      if (address) URL.revokeObjectURL(address);
    };
  }, [project, file]);
  const matte = `/api/mattes/${alpha}/`;
  const shown = { "cut-out": cut, matte, picture }[view];
  return (
    <div className="stack">
      <div className={`picture answer-picture${view === "cut-out" ? " checkers" : ""}`}>
        {shown ? <img src={shown} alt={`The ${view}`} /> : <img src={picture} alt="" className="pale" />}
      </div>
      <ErrorNote error={error} />
      <div className="row tight">
        <div className="segments" role="group" aria-label="Shown">
          {VIEWS.map((one) => (
            <button key={one} aria-pressed={view === one} onClick={() => setView(one)}>
              {one[0]!.toUpperCase() + one.slice(1)}
            </button>
          ))}
        </div>
        <a className="button small" href={matte} download="matte.png">
          Save the matte
        </a>
        {cut && (
          <a className="button small" href={cut} download="cut-out.png">
            Save the cut-out
          </a>
        )}
      </div>
    </div>
  );
}
