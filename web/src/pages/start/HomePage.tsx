import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { sessionQuery } from "../../api/queries.ts";
import { ProjectForm } from "../../app/ProjectDialog.tsx";
import { startText } from "../../texts/start.ts";
import { StartFrame } from "./StartFrame.tsx";

/** `/app/`: the first project, or the form that creates it. */
export function HomePage() {
  const session = useQuery(sessionQuery);
  if (!session.data) return null;
  const [first] = session.data.projects;
  if (first) return <Navigate to="/p/$projectId" params={{ projectId: first.id }} replace />;
  return (
    <StartFrame
      title={startText.firstProject.title}
      text={startText.firstProject.welcome(session.data.member.name)}
    >
      <ProjectForm onDone={() => {}} />
    </StartFrame>
  );
}
