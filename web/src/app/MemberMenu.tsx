import { Avatar, Group, Menu, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { ChevronsUpDown, LogOut, Monitor, Moon, Sun } from "lucide-react";
import { call } from "../api/client.ts";
import { appText } from "../texts/app.ts";
import { useSession } from "./project.ts";
import { queryClient } from "./queryClient.ts";
import classes from "./Shell.module.css";

export function MemberMenu() {
  const session = useSession();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  async function signOut() {
    await call("DELETE", "/session");
    queryClient.clear();
    await navigate({ to: "/sign-in" });
  }

  if (!session) return null;
  return (
    <Menu position="top-start" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes.search}>
          <Avatar size={28} radius="xl" name={session.member.name} color="accent" aria-hidden />
          <Text size="sm" truncate style={{ flex: 1 }} c="var(--mantine-color-text)">
            {session.member.name}
          </Text>
          <ChevronsUpDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.member.email}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>{appText.member.appearance}</Menu.Label>
        <Group gap={4} px={8} pb={6}>
          {(["light", "dark", "auto"] as const).map((scheme) => (
            <UnstyledButton
              key={scheme}
              aria-label={appText.member.schemes[scheme]}
              aria-pressed={colorScheme === scheme}
              onClick={() => setColorScheme(scheme)}
              p={8}
              bdrs="md"
              bg={colorScheme === scheme ? "var(--mantine-primary-color-light)" : undefined}
            >
              {scheme === "light" ? (
                <Sun size={16} />
              ) : scheme === "dark" ? (
                <Moon size={16} />
              ) : (
                <Monitor size={16} />
              )}
            </UnstyledButton>
          ))}
        </Group>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} />} onClick={signOut}>
          {appText.member.signOut}
        </Menu.Item>
        <Menu.Label>{appText.version(session.server.version)}</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
