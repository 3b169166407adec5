// Environment variables that make a process load other people's code, or write its secrets where others can read them.

/** Node and OpenSSL read them before our first line runs: bin/keyrite takes them away, and the host process never gets them. */
export const isDropped = (name: string): boolean => /^(NODE_.*|OPENSSL_.*|SSLKEYLOGFILE)$/.test(name)

/** The system's loader and C library have obeyed them already when the first program of ours starts, and modules may need them. */
export const isLoaders = (name: string): boolean =>
  /^(LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_.*|GCONV_PATH)$/.test(name)
