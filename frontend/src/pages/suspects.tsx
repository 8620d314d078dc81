import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { api, need, type Schemas } from "../api/client";
import { isFinished, jobQuery } from "../api/queries";
import { classesOf } from "../api/results";
import { Picture } from "../canvas/picture";
import { percent, plural } from "../parts/format";
import { JobLine } from "../parts/job";
import { Dot, Empty, ErrorNote, Fetched, PageHead, Skeleton } from "../parts/notes";
import { Key, KeysButton } from "./keys/keycaps";
import { KeysSheet } from "./keys/keys-sheet";
import { useKeymap } from "./keys/use-keymap";
import { useKeys } from "./keys/use-keys";
import { useProject } from "./project";

type Suspect = Schemas["SuspectRow"];
type Check = Schemas["LabelCheckRow"];

/** Labels that their image speaks against, one after another: a key keeps one, another relabels it as suggested. */
export default function Suspects() {
  const project = useProject();
  const client = useQueryClient();
  const key = ["label-checks", project.id];
  const path = { id: project.id };
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => need(api.GET("/api/projects/{id}/label-checks/", { params: { path } })),
  });
  const [refused, setRefused] = useState<unknown>(null);
  const start = async () => {
    setRefused(null);
    try {
      const job = await need(api.POST("/api/projects/{id}/label-checks/", { params: { path } }));
      client.setQueryData<Check>(key, { job, suspects: [] });
    } catch (problem) {
      setRefused(problem);
    }
  };
  const running = data?.job && !isFinished(data.job.state) ? data.job.id : null;
  return (
    <main className="page">
      <PageHead title="Label errors" text="Labels that their image speaks against, the least likely first.">
        <button className="button" onClick={() => void start()} disabled={!data || running !== null}>
          {data?.job ? "Check again" : "Check the labels"}
        </button>
      </PageHead>
      <Fetched what="check" error={error} retry={() => void refetch()} />
      <ErrorNote error={refused} />
      {!data && !error && <Skeleton lines={3} tall />}
      {running !== null && <Running id={running} done={() => void refetch()} />}
      {data && running === null && <Found check={data} decided={() => void refetch()} />}
    </main>
  );
}

function Running({ id, done }: { id: number; done: () => void }) {
  const { data } = useQuery(jobQuery(id));
  const finished = data && isFinished(data.state);
  useEffect(() => {
    if (finished) done();
    // Once: what is fetched then is no running job any more.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [finished]);
  return <section className="panel">{data && <JobLine job={data} what="Label check" />}</section>;
}

function Found({ check, decided }: { check: Check; decided: () => void }) {
  const { job, suspects } = check;
  if (!job) {
    return (
      <Empty
        icon="images"
        title="Nothing has been checked yet"
        text="A check compares each label with what the images around it say. It needs a version in production."
      />
    );
  }
  if (job.state !== "succeeded") {
    return (
      <section className="panel stack">
        <JobLine job={job} what="Label check" dated />
      </section>
    );
  }
  const { checked, unseen } = job.result as { checked: number; unseen: number };
  const facts =
    `${plural(checked, "label")} checked` +
    (unseen ? `; in ${plural(unseen, "image")} the model saw nothing to go by, such as no face` : "");
  return <Walk key={job.id} suspects={suspects} facts={facts} decided={decided} />;
}

type WalkProps = { suspects: Suspect[]; facts: string; decided: () => void };

function Walk({ suspects, facts, decided }: WalkProps) {
  const project = useProject();
  const [passed, setPassed] = useState<ReadonlySet<string>>(new Set());
  const [sending, setSending] = useState(0);
  const [refused, setRefused] = useState<unknown>(null);
  const [last, setLast] = useState<{ image: number; said: string } | null>(null);
  const [help, setHelp] = useState(false);
  const { keymap, ...settings } = useKeymap();
  const left = suspects.filter((suspect) => !passed.has(suspect.annotation));
  const now = left[0];
  const over = !now && !sending;
  const decide = async (suspect: Suspect, category?: string) => {
    setRefused(null);
    setPassed((before) => new Set(before).add(suspect.annotation));
    setSending((count) => count + 1);
    setLast({
      image: suspect.image,
      said: category ? `relabeled as ${category}` : `kept as ${suspect.given}`,
    });
    const params = { path: { uuid: suspect.annotation } };
    const body = { verdict: "accept" as const, ...(category && { result: { category } }) };
    // Sent though the page is left at once.
    const call = api.POST("/api/annotations/{uuid}/review/", { params, body, keepalive: true });
    await need(call).catch((problem: unknown) => {
      setRefused(problem);
      setPassed((before) => new Set([...before].filter((uuid) => uuid !== suspect.annotation)));
    });
    setSending((count) => count - 1);
  };
  useKeys({
    screen: "suspects",
    keymap,
    paused: help,
    once: true,
    act: (action) => {
      if (action === "suspects_help") setHelp(true);
      else if (now) void decide(now, action === "suspects_relabel" ? now.suggested : undefined);
    },
  });
  useEffect(() => {
    // Not before the last decision has arrived: the server would name its label once more.
    if (over && suspects.length) decided();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [over]);
  const mend = last && (
    <p className="muted small">
      The last one was {last.said}: <Link to={`/projects/${project.id}/images/${last.image}`}>mend it</Link>.
    </p>
  );
  return (
    <>
      {now && (
        <p className="muted small number">
          {facts}. {plural(left.length, "suspect")} left.
        </p>
      )}
      {!now && !over && (
        <p className="muted small late" role="status">
          Saving the last one.
        </p>
      )}
      {over && (
        <Empty icon="images" title="No label is suspected" text={`${facts}.`}>
          {mend}
        </Empty>
      )}
      <ErrorNote error={refused} />
      {help && (
        <KeysSheet
          screen="suspects"
          project={project}
          keymap={keymap}
          {...settings}
          close={() => setHelp(false)}
        />
      )}
      {now && (
        <div className="two image-detail">
          <div className="image-frame">
            <Suspected key={now.image} id={now.image} />
          </div>
          <section className="panel stack" aria-live="polite">
            <p>
              Labeled <Named name={now.given} />, which is {percent(now.quality, 1)} likely. The images around
              it say <Named name={now.suggested} />.
            </p>
            <div className="row">
              <button className="button" onClick={() => void decide(now)}>
                Keep {now.given} <Key action="suspects_keep" keymap={keymap} />
              </button>
              <button className="button primary" onClick={() => void decide(now, now.suggested)}>
                Relabel as {now.suggested} <Key action="suspects_relabel" keymap={keymap} />
              </button>
              <KeysButton keymap={keymap} action="suspects_help" open={() => setHelp(true)} />
            </div>
            <p className="muted small number">
              <Link to={`/projects/${project.id}/images/${now.image}`}>Its page</Link> has its history, and
              other categories.
            </p>
            {mend}
          </section>
        </div>
      )}
    </>
  );
}

function Named({ name }: { name: string }) {
  const color = useProject().categories.find((category) => category.name === name)?.color;
  return (
    <b>
      <Dot color={color} /> {name}
    </b>
  );
}

function Suspected({ id }: { id: number }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["image", id],
    queryFn: () => need(api.GET("/api/images/{id}/", { params: { path: { id } } })),
  });
  if (error && !data) return <ErrorNote error={error} retry={() => void refetch()} />;
  return data ? (
    <Picture image={data} evidence={classesOf(data.prediction?.result)} />
  ) : (
    <Skeleton lines={1} tall />
  );
}
