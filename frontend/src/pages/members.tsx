import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Schemas } from "../api/client";
import { ErrorNote, Skeleton } from "../parts/ui";
import { useProject } from "./project";

type Role = Schemas["MemberRow"]["role"];
const ROLES: Role[] = ["labeler", "reviewer", "manager"];

export default function Members() {
  const project = useProject();
  const client = useQueryClient();
  const manager = project.role === "manager";
  const [user, setUser] = useState("");
  const [role, setRole] = useState<Role>("labeler");
  const [error, setError] = useState<unknown>(null);
  const path = { id: project.id };
  const { data, error: failed, refetch } = useQuery({ queryKey: ["members", project.id], queryFn: () => need(api.GET("/api/projects/{id}/members/", { params: { path } })) });
  const change = async (act: Promise<unknown>) => {
    setError(null);
    await act.then(() => setUser(""), setError);
    void client.invalidateQueries({ queryKey: ["members", project.id] });
  };
  const add = (event: FormEvent) => {
    event.preventDefault();
    void change(need(api.POST("/api/projects/{id}/members/", { params: { path }, body: { user, role } })));
  };
  return (
    <main className="page">
      <h1>Members</h1>
      {manager && (
        <form className="panel row" onSubmit={add}>
          <input style={{ flex: "1 1 200px", width: "auto" }} value={user} onChange={(e) => setUser(e.target.value)} placeholder="User name" aria-label="User name" required />
          <RoleSelect value={role} change={setRole} label="Role of the new member" />
          <button className="button primary">Add</button>
        </form>
      )}
      <ErrorNote error={error} /><ErrorNote error={failed} retry={() => void refetch()} />
      {!data && !failed ? <Skeleton /> : (
        <div className="panel scroll"><table><thead><tr><th>Name</th><th>Role</th><th /></tr></thead><tbody>
          {data?.results.map((member) => (
            <tr key={member.id}><td>{member.user.username}</td>
              <td>{manager ? <RoleSelect value={member.role} label={`Role of ${member.user.username}`} change={(next) => void change(need(api.PATCH("/api/projects/{id}/members/{member}/", { params: { path: { ...path, member: member.id } }, body: { role: next } })))} /> : member.role}</td>
              <td className="number">{manager && <button className="button small" onClick={() => void change(need(api.DELETE("/api/projects/{id}/members/{member}/", { params: { path: { ...path, member: member.id } } })))}>Remove</button>}</td></tr>
          ))}
        </tbody></table></div>
      )}
    </main>
  );
}

function RoleSelect({ value, change, label }: { value: Role; change: (role: Role) => void; label: string }) {
  return <select style={{ width: 140 }} value={value} onChange={(e) => change(e.target.value as Role)} aria-label={label}>{ROLES.map((role) => <option key={role}>{role}</option>)}</select>;
}
