// What a selection lets through.
import type { Blocks } from "./document";
import { type Group, kGroups, lineOf } from "./model";
import type { Selection } from "./state";

const kColumns: Partial<Record<Group, keyof Blocks>> = { op: "op", tag: "tag", callers: "callers", class: "class", program: "holder" };

export function matches(selection: Selection, blocks: Blocks, texts: string[], i: number): boolean {
  if (selection.block !== undefined && selection.block !== i) return false;
  if (selection.sizes) {
    const requested = blocks.requested[i]!;
    if (requested < selection.sizes[0] || requested > selection.sizes[1]) return false;
  }
  for (const group of kGroups) {
    const name = selection[group];
    if (name === undefined) continue;
    if (group === "line" && lineOf(blocks, texts, i) !== name) return false;
    const column = kColumns[group];
    if (column) {
      if ((texts[(blocks[column] as number[] | undefined)?.[i] ?? 0] ?? "") !== name) return false;
    } else if (group === "thread") {
      if ((blocks.thread[i] ? String(blocks.thread[i]) : "") !== name) return false;
    }
  }
  return true;
}

export function sameOwner(selection: Selection, path: Partial<Record<Group, string>>): boolean {
  return kGroups.every((group) => selection[group] === path[group]) && selection.block === undefined && !selection.sizes;
}

export function selectionText(selection: Selection): string {
  const parts: string[] = [];
  for (const group of kGroups) {
    const name = selection[group];
    if (name !== undefined) parts.push(`${group} ${name === "" ? "none" : name}`);
  }
  if (selection.block !== undefined) parts.push("one block");
  if (selection.sizes) parts.push(`${selection.sizes[0]} to ${selection.sizes[1]} B requested`);
  return parts.join(", ");
}
