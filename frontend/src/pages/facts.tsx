import { Link } from "react-router";
import type { Schemas } from "../api/client";
import { clock, when } from "../parts/format";
import { asking, askingAttribute, attributeWanted } from "./images/asked";

type Detail = Schemas["ImageDetailRow"];
type Props = { image: Detail; project: number };

const SPLITS: Record<string, string> = { train: "learned from", val: "validated on", test: "held out" };
const PAGE = "page_url"; // among the facts, in words
const SHORT = 120; // characters that stand there as they are

/** What an image is and where it came from. */
export function Facts({ image, project }: Props) {
  const page = known(image)[PAGE] as string | undefined;
  const facts = {
    Size: `${image.width} × ${image.height}`,
    Status: image.status.replace("_", " "),
    Split: image.split ? SPLITS[image.split] : "none yet",
    Group: image.group ? (
      <Alike project={project} query={asking(new URLSearchParams(), "group", image.group)}>
        {image.group}
      </Alike>
    ) : (
      "none"
    ),
    Source: image.source_url || image.source,
    ...(image.video_time === null ? {} : { "Time in the video": clock(image.video_time) }),
    ...(page ? { "Web page": page } : {}),
    Imported: when(image.created),
  };
  return (
    <section className="panel">
      <dl className="facts small">
        {Object.entries(facts).map(([name, value]) => (
          <div key={name}>
            <dt className="muted">{name}</dt>
            <dd className="break number">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What is known of an image beside its pixels, each a way to the images that share it. */
export function Attributes({ image, project }: Props) {
  const rows = Object.entries(known(image)).filter(([name]) => name !== PAGE);
  if (!rows.length) return null;
  return (
    <section className="panel stack">
      <h2>Attributes</h2>
      <dl className="facts small">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt className="muted break">{name}</dt>
            <dd className="break number">
              <Value name={name} value={value} project={project} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Value({ name, value, project }: { name: string; value: unknown; project: number }) {
  const wanted = attributeWanted(name, value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (wanted !== null) {
    return (
      <Alike project={project} query={askingAttribute(new URLSearchParams(), name, wanted)}>
        {text}
      </Alike>
    );
  }
  if (text.length <= SHORT) return text || "empty";
  return (
    <details>
      <summary>{text.slice(0, SHORT)} …</summary>
      <span tabIndex={0}>{text}</span>
    </details>
  );
}

function Alike({ project, query, children }: { project: number; query: URLSearchParams; children: string }) {
  return (
    <Link to={`/projects/${project}/images?${query.toString()}`} title="Images that have the same">
      {children}
    </Link>
  );
}

function known(image: Detail): Record<string, unknown> {
  return (image.attributes as Record<string, unknown> | null) ?? {};
}
