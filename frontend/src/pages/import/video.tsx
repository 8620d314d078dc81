import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Icon } from "../../parts/icon";
import { ErrorNote } from "../../parts/notes";
import { Sent } from "./sent";
import { useVideo } from "./use-video";
import { VideoFields } from "./video-fields";
import { VideoJob } from "./video-job";
import { Samples } from "./video-samples";

const TYPES = "video/mp4,video/webm,video/quicktime,.mp4,.m4v,.mov,.webm,.mkv";

/** A meeting's recording: sent, looked at, then taken apart by a job. `arrived` was dropped somewhere on the page. */
export function Video({ project, arrived }: { project: number; arrived: File | null }) {
  const client = useQueryClient();
  const video = useVideo(project);
  const { seen, sending, looking, busy } = video;
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(video.send);
  useEffect(() => {
    latest.current = video.send;
  });
  useEffect(() => {
    if (arrived) void latest.current(arrived);
  }, [arrived]);
  return (
    <section className="panel stack" aria-label="Video">
      <div className="row between">
        <h2>From a recorded meeting</h2>
        <button type="button" className="button" onClick={() => input.current?.click()} disabled={!!sending}>
          <Icon name="play" /> {seen ? "Choose another video" : "Choose a video"}
        </button>
      </div>
      <input
        ref={input}
        type="file"
        hidden
        accept={TYPES}
        aria-label="Choose a video"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void video.send(file);
          event.target.value = "";
        }}
      />
      {!seen && !sending && !looking && (
        <p className="muted">
          MP4, WebM or MOV, up to 2 GB; or drop it on this page. You see what would be taken before it is.
        </p>
      )}
      {sending && <Sent sending={sending} cancel={video.cancel} />}
      {looking && (
        <p className="muted" role="status">
          Looking at the video…
        </p>
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
            busy={busy || looking}
            begin={video.take}
          />
        </>
      )}
      <VideoJob
        key={video.job?.id}
        project={project}
        begun={video.job}
        ended={() => void client.invalidateQueries({ queryKey: ["project", project] })}
      />
    </section>
  );
}
