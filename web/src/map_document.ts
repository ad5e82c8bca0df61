// What `ttmem map` says of a moment (docs/json/map.schema.json): as much of it as the page shows.

export interface MapBlock {
  class: string;
  op: string | null;
  tag: string | null;
  line: string | null; // of the user's program, where call stacks were recorded
  called_at: string | null; // the line that called that one
  address: number;
  end_address: number;
  bytes_per_bank: number;
  persistent: boolean;
}
export interface Reach {
  reach_address: number;
  gap_bytes_per_core: number;
  overlap_bytes_per_core: number;
}
export interface MapCore extends Reach {
  x: number;
  y: number;
  program: string | null;
  circular_buffer_bytes_per_core: number;
}
export interface CircularBuffer {
  index: number;
  kind: string;
  address: number;
  end_address: number;
  bytes_per_core: number;
}
export interface GridCore extends MapCore {
  column: number; // which of the columns it has
}
export interface FloorOwner {
  op: string | null;
  tag: string | null;
  class: string;
  holders: number;
  bytes_per_core: number;
  stranded_bytes_per_core: number;
  iterations: number;
}
export interface L1Map {
  base_address: number;
  top_address: number;
  floor_address: number;
  floor_is_bound: boolean;
  circular_buffers_known: boolean;
  core: MapCore | null; // the worst
  cores: GridCore[];
  columns: CircularBuffer[][];
  floor_holders: {
    floor_address: number;
    floor_without_address: number;
    holders: number;
    bytes_per_core: number;
    stranded_bytes_per_core: number;
    owners: FloorOwner[];
  };
  buffers: { blocks: MapBlock[]; blocks_left_out: number };
}
// Circular buffers that did not fit at that moment; on which cores is not recorded.
export interface Clash {
  op: string | null;
  end_address: number;
  overlap_bytes_per_core: number;
}
export interface MapItem {
  chips: string[];
  l1: L1Map | null;
  clash: Clash | null;
}
export interface MapDocument {
  moment: string | null;
  items: MapItem[];
}
