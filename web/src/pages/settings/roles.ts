import type { Role } from "../../api/session.ts";
import { commonText } from "../../texts/common.ts";

export function isRole(value: string | null): value is Role {
  return value !== null && value in commonText.roles;
}
