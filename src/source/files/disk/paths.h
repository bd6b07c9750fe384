/* Paths as text. All have room for PATH_MAX bytes. */
#pragma once

#include <stdbool.h>

/* Write the path of an entry of a directory. Returns false if it is too long. */
bool path_join(const char *directory, const char *name, char *out);

/* Write the directory of the path. Returns false if it names none, or is too long. */
bool path_directory(const char *path, char *out);
