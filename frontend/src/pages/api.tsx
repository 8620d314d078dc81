import { useEffect, useState } from "react";
import { Link } from "react-router";
import type { Project, Schemas } from "../api/client";
import { predict } from "../api/files";
import { boxesOf, classesOf, inWords } from "../api/results";
import { describe, Evidence } from "../canvas/evidence";
import { CopyButton } from "../parts/copy";
import { modelName } from "../parts/format";
import { Icon } from "../parts/icon";
import { ErrorNote, PageHead } from "../parts/notes";
import type { Size } from "../shapes/fit";
import { BoxOutlines } from "./box-outlines";
import { MatteAnswer } from "./matte-answer";
import { useProject } from "./project";

type Call = { title: string; text: string };

function callsOf({ id, kind }: Project): Call[] {
  const base = `${location.origin}/api/projects/${id}`;
  const curl = 'curl -H "Authorization: Bearer $TOKEN"';
  return [
    {
      title: "Predict with the version in production",
      text: `${curl} -F image=@frame.jpg \\\n  ${base}/predict/`,
    },
    ...(kind === "matting"
      ? [
          {
            title: "The cut-out, as a PNG with transparency",
            text: `${curl} -H "Accept: image/png" -F image=@portrait.jpg \\\n  "${base}/predict/?cutout=1" -o cut-out.png`,
          },
        ]
      : []),
    {
      title: "Upload images",
      text: `${curl} -F files=@frame-1.jpg -F files=@frame-2.jpg \\\n  ${base}/images/`,
    },
    { title: "List what is labeled", text: `${curl} \\\n  "${base}/images/?status=labeled"` },
    { title: "Predictions of the version in production", text: `${curl} \\\n  "${base}/predictions/"` },
  ];
}

export default function ApiPage() {
  const project = useProject();
  return (
    <main className="page">
      <PageHead
        title="API"
        text={
          <>
            Make a token under <Link to="/account">your account</Link>, put it into <code>TOKEN</code>, and
            call. All calls are described in <a href="/api/schema/">OpenAPI</a>.
          </>
        }
      />
      <TryIt project={project.id} />
      {callsOf(project).map(({ title, text }) => (
        <section key={title} className="panel stack">
          <div className="row between">
            <h2>{title}</h2>
            <CopyButton text={text} />
          </div>
          <pre>{text}</pre>
        </section>
      ))}
    </main>
  );
}

type Shown = Size & { url: string; file: File; answer: Schemas["PredictAnswer"] };

function TryIt({ project }: { project: number }) {
  const [shown, setShown] = useState<Shown | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  useEffect(() => () => void (shown && URL.revokeObjectURL(shown.url)), [shown]);
  const send = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    setError(null);
    setShown(null);
    try {
      const [answer, picture] = await Promise.all([predict(project, file), pictureOf(file)]);
      setShown({ ...picture, file, answer });
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  return (
    <section className="panel stack">
      <h2>Try it</h2>
      <label
        className={`drop small-drop${over ? " over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void send(event.dataTransfer.files[0]);
        }}
      >
        <Icon name="images" size={24} />
        <span aria-live="polite">{busy ? "Predicting" : "Drop a picture here, or click to choose one"}</span>
        <input
          className="visually-hidden"
          type="file"
          accept="image/jpeg,image/png,image/webp"
          onChange={(event) => {
            void send(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </label>
      <ErrorNote error={error} />
      {shown && <Answer shown={shown} />}
    </section>
  );
}

function Answer({ shown }: { shown: Shown }) {
  const project = useProject();
  const { answer } = shown;
  const [classes, boxes] = [classesOf(answer.result), boxesOf(answer.result)];
  const alpha = "alpha" in answer.result ? answer.result.alpha : null;
  return (
    <div className="two">
      {alpha ? (
        <MatteAnswer project={project.id} file={shown.file} picture={shown.url} alpha={alpha} />
      ) : (
        <div className="picture answer-picture">
          <img src={shown.url} alt="What was sent" />
          {classes && <Evidence evidence={classes} image={shown} />}
          {boxes && <BoxOutlines project={project} image={shown} boxes={boxes.boxes} dashed />}
        </div>
      )}
      <div className="stack">
        <p role="status">
          {classes ? describe(classes) : boxes ? inWords(boxes) : "A matte"}{" "}
          <span className="muted number">
            {modelName(answer)}, {Math.round(answer.ms)} ms
          </span>
        </p>
        <pre className="log" tabIndex={0}>
          {JSON.stringify(answer, null, 2)}
        </pre>
      </div>
    </div>
  );
}

async function pictureOf(file: File): Promise<Size & { url: string }> {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  await image.decode();
  return { url, width: image.naturalWidth, height: image.naturalHeight };
}
