import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { ErrorNote } from "../../parts/notes";
import { Sent } from "./sent";
import { useEarlier } from "./use-earlier";
import { useVideo } from "./use-video";
import { VideoFields } from "./video-fields";
import { VideoJob } from "./video-job";
import { Samples } from "./video-samples";
import { Waiting } from "./waiting";

const TYPES = "video/mp4,video/webm,video/quicktime,.mp4,.m4v,.mov,.webm,.mkv";

/** Meetings' recordings: sent, looked at, then taken apart by jobs. `arrived` were dropped somewhere on the page. */
export function Video({ project, arrived }: { project: number; arrived: File[] }) {
  const client = useQueryClient();
  const video = useVideo(project);
  const { seen, sending, preview, busy } = video;
  const earlier = useEarlier(project, "split_gallery").filter(
    ({ id }) => !video.jobs.some((job) => job.id === id),
  );
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(video.add);
  useEffect(() => {
    latest.current = video.add;
  });
  useEffect(() => {
    if (arrived.length) latest.current(arrived);
  }, [arrived]);
  return (
    <section className="panel stack" aria-label="Video">
      <div className="row between">
        <h2>From a recorded meeting</h2>
        <button type="button" className="button" onClick={() => input.current?.click()}>
          <Icon name="play" /> Choose videos
        </button>
      </div>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={TYPES}
        aria-label="Choose videos"
        onChange={(event) => {
          video.add([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      {!seen && !sending && !preview && (
        <p className="muted">
          MP4, WebM or MOV, up to 2 GB each; or drop them on this page. You see what would be taken before it
          is.
        </p>
      )}
      {sending && <Sent sending={sending} cancel={video.cancel} />}
      {preview && (
        <JobLine key={preview.id} job={preview} what={`Looking at ${String(preview.params.name)}`} />
      )}
      {video.look && (
        <div className="row">
          <button type="button" className="button" onClick={video.look} disabled={busy}>
            Look again
          </button>
        </div>
      )}
      <ErrorNote error={video.error} />
      <ErrorNote error={video.failed} />
      {seen && (
        <>
          <Samples look={seen.look} job={seen.job} />
          <VideoFields
            look={seen.look}
            choice={video.choice}
            change={video.change}
            busy={busy}
            begin={video.take}
          />
        </>
      )}
      <Waiting files={video.waiting} next={video.next} leaveOut={video.leaveOut} />
      {[...video.jobs, ...earlier].map((job) => (
        <VideoJob
          key={job.id}
          project={project}
          job={job}
          ended={() => void client.invalidateQueries({ queryKey: ["project", project] })}
        />
      ))}
    </section>
  );
}
