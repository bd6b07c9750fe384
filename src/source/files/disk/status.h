/* What the file system knows of a file: its identity, size and times. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct file_status {
	dev_t device;
	ino_t inode;
	mode_t mode;
	uint64_t n_links;
	uint64_t size;
	uint64_t modified_usec; /* CLOCK_REALTIME, by the clock of its file system */
	uint64_t changed_usec;  /* name, mode or content; the same clock */
	uint64_t born_usec;     /* when it was made; 0 = unknown */
};

/* The status of the file behind `fd`. Returns 0 or a negative errno. */
int status_of_fd(int fd, struct file_status *ret);

/* The size of the file behind `fd`; 0 if it is not known. */
uint64_t status_size_of_fd(int fd);

/* The status of the file that `path` leads to, through symbolic links. Returns 0 or a negative
 * errno. */
int status_of_path(const char *path, struct file_status *ret);

/* The status of `path` itself, which may be a symbolic link. Returns 0 or a negative errno. */
int status_of_link(const char *path, struct file_status *ret);
