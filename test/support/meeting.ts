/** Where several wait for each other. */
export interface Meeting {
  /** Resolves when everybody has arrived. */
  readonly all: Promise<void>;
  arrive(): Promise<void>;
}

/** A place at which so many are expected. */
export function meeting(expected: number): Meeting {
  let arrived = 0;
  let begin = () => {};
  const all = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return {
    all,
    arrive() {
      if (++arrived === expected) begin();
      return all;
    },
  };
}
