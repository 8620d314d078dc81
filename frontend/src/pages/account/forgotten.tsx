import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, need } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import { ResetLink } from "../reset-link";

/** For site admins: links for people of any project, or of none. */
export function Forgotten() {
  const [typed, setTyped] = useState("");
  const { data, error } = useQuery({
    queryKey: ["users", typed],
    queryFn: () => need(api.GET("/api/users/", { params: { query: { q: typed } } })),
    enabled: typed.length > 0,
  });
  const user = data?.results.find((one) => one.username === typed);
  return (
    <section className="panel stack">
      <h2>Forgotten password</h2>
      <div className="row">
        <input
          className="grow"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          aria-label="Who has forgotten it"
          placeholder="Who has forgotten it"
          list="all-users"
          autoComplete="off"
          autoCapitalize="none"
        />
        <datalist id="all-users">
          {data?.results.map((one) => (
            <option key={one.id} value={one.username} />
          ))}
        </datalist>
        <ResetLink key={user?.id} user={user ?? { id: 0, username: typed }} disabled={!user} />
      </div>
      <ErrorNote error={error} />
    </section>
  );
}
