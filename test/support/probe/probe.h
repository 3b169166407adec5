// What the parts of the probe share.
/** A folder for what is durable; NULL where nobody asks. */
extern const char *durable;

/** Raw system calls: our own work must not count. */
int raw_open(const char *path, int flags);
void path_of_fd(int fd, char *path);

/** This file or folder has been synced. */
void keep_synced(int fd);
/** It is new: whatever had its inode before is gone. */
void keep_new(const char *path);
