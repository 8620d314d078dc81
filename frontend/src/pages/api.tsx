import { useState } from "react";
import { Link } from "react-router";
import { type Classes, csrfToken, problemOf, type Schemas } from "../api/client";
import { describe, Evidence } from "../canvas/picture";
import { CopyButton, ErrorNote } from "../parts/ui";
import { useProject } from "./project";

type Answer = Schemas["PredictAnswer"];

export default function ApiPage() {
  const project = useProject();
  const base = `${location.origin}/api`;
  const calls = [
    ["Predict with the version in production", `curl -H "Authorization: Bearer $TOKEN" -F image=@frame.jpg \\\n  ${base}/projects/${project.id}/predict/`],
    ["Upload images", `curl -H "Authorization: Bearer $TOKEN" -F files=@frame-1.jpg -F files=@frame-2.jpg \\\n  ${base}/projects/${project.id}/images/`],
    ["List what is labeled", `curl -H "Authorization: Bearer $TOKEN" \\\n  "${base}/projects/${project.id}/images/?status=labeled"`],
    ["Predictions of many images", `curl -H "Authorization: Bearer $TOKEN" \\\n  "${base}/projects/${project.id}/predictions/"`],
  ] as const;
  return (
    <main className="page">
      <h1>API</h1>
      <p className="muted">Make a token under <Link to="/account">your name</Link>, put it into <code>TOKEN</code>, and call. The whole API is described in <a href="/api/schema/">OpenAPI</a>.</p>
      {calls.map(([title, text]) => <section key={title} className="panel stack"><div className="row between"><h2>{title}</h2><CopyButton text={text} /></div><pre>{text}</pre></section>)}
      <TryIt project={project.id} />
    </main>
  );
}

function TryIt({ project }: { project: number }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [picture, setPicture] = useState<{ url: string; width: number; height: number } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    setError(null);
    setAnswer(null);
    try {
      const body = new FormData();
      body.append("image", file);
      const response = await fetch(`/api/projects/${project}/predict/`, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
      const data: unknown = await response.json().catch(() => null);
      if (!response.ok) throw problemOf(response.status, data);
      const url = URL.createObjectURL(file);
      const image = new Image();
      image.src = url;
      await image.decode();
      setPicture({ url, width: image.naturalWidth, height: image.naturalHeight });
      setAnswer(data as Answer);
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  const result = answer?.result as Classes | undefined;
  return (
    <section className="panel stack"><h2>Try it</h2>
      <label className="drop" onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); void send(event.dataTransfer.files[0]); }}>
        <span>{busy ? "Predicting" : "Drop a picture here, or choose one"}</span><input type="file" accept="image/jpeg,image/png,image/webp" onChange={(event) => void send(event.target.files?.[0])} />
      </label>
      <ErrorNote error={error} />
      {answer && result && picture && (
        <div className="two">
          <div style={{ position: "relative" }}><img src={picture.url} alt="" style={{ width: "100%", display: "block", borderRadius: 8 }} />
            <div style={{ position: "absolute", inset: 0 }}><Evidence evidence={result} width={picture.width} height={picture.height} scale={Math.min(1, 500 / picture.width)} /></div></div>
          <div className="stack"><p role="status">{describe(result)} <span className="muted">{answer.model} {answer.number}, {answer.ms} ms</span></p><pre>{JSON.stringify(answer, null, 2)}</pre></div>
        </div>
      )}
    </section>
  );
}
