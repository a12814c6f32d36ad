/* Notes all that a program does to the files below RECORD_ROOT, in order, in the file RECORD_LOG.
   For the test of power cuts: preloaded into a program that is then told nothing of it.
   A record is a line "WHAT LENGTH OFFSET LENGTH_OF_PATH" and then the path and the data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILES 4096
static char *paths[FILES];
static off_t places[FILES];

static void put(const void *data, size_t length) {
    static int log = -1;
    if (log < 0) log = syscall(SYS_openat, AT_FDCWD, getenv("RECORD_LOG"),
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (syscall(SYS_write, log, data, length) < 0) abort();
}

static int inside(const char *path) {
    const char *root = getenv("RECORD_ROOT");
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

static void note(char what, const char *path, const void *data, size_t length, off_t offset) {
    char head[128];
    int size = snprintf(head, sizeof head, "%c %zu %lld %zu\n", what, length, (long long)offset,
                        strlen(path));
    put(head, size);
    put(path, strlen(path));
    if (length) put(data, length);
}

static int opened(int fd, const char *path, int flags) {
    if (fd >= 0 && fd < FILES) {
        free(paths[fd]);
        paths[fd] = inside(path) ? strdup(path) : NULL;
        places[fd] = 0;
        if (paths[fd] && (flags & (O_CREAT | O_TRUNC)))
            note(flags & O_TRUNC ? 'T' : 'C', path, NULL, 0, 0);
    }
    return fd;
}

static const char *known(int fd) { return fd >= 0 && fd < FILES ? paths[fd] : NULL; }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPEN(name)                                             \
    int name(const char *path, int flags, ...) {               \
        va_list more;                                          \
        va_start(more, flags);                                 \
        int mode = va_arg(more, int);                          \
        va_end(more);                                          \
        return opened(REAL(name)(path, flags, mode), path, flags); \
    }
OPEN(open)
OPEN(open64)

#define PWRITE(name, type)                                                   \
    ssize_t name(int fd, const void *data, size_t length, type offset) {     \
        ssize_t done = REAL(name)(fd, data, length, offset);                 \
        if (done > 0 && known(fd)) note('W', known(fd), data, done, offset); \
        return done;                                                         \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t length) {
    ssize_t done = REAL(write)(fd, data, length);
    if (done > 0 && known(fd)) {
        note('W', known(fd), data, done, places[fd]);
        places[fd] += done;
    }
    return done;
}

#define SYNC(name)                                               \
    int name(int fd) {                                           \
        int result = REAL(name)(fd);                             \
        if (!result && known(fd)) note('S', known(fd), "", 0, 0); \
        return result;                                           \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, type)                                                  \
    int name(int fd, type length) {                                           \
        int result = REAL(name)(fd, length);                                  \
        if (!result && known(fd)) note('L', known(fd), NULL, 0, length);      \
        return result;                                                        \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
    int result = REAL(rename)(from, to);
    if (!result && inside(from)) {
        note('R', from, to, strlen(to), 0);
        for (int fd = 0; fd < FILES; fd++)
            if (paths[fd] && strcmp(paths[fd], from) == 0) {
                free(paths[fd]);
                paths[fd] = strdup(to);
            }
    }
    return result;
}

int unlink(const char *path) {
    int result = REAL(unlink)(path);
    if (!result && inside(path)) note('U', path, NULL, 0, 0);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    int result = REAL(mkdir)(path, mode);
    if (!result && inside(path)) note('D', path, NULL, 0, 0);
    return result;
}

int close(int fd) {
    if (fd >= 0 && fd < FILES) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
    return REAL(close)(fd);
}
