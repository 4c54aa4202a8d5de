// Owns making the file calls of any process go wrong: a library that is loaded before libc's (LD_PRELOAD).
// It must not know what the files are for.
//
//   TERN_FAULT=kind:N       what happens at the N-th call that changes something below the folder, counted from 1
//   TERN_FAULT_DIR=FOLDER   the folder; its absolute path without symbolic links
//   TERN_FAULT_REPORT=FILE  written when the fault strikes: the call's name
//
// Kinds: kill (ends before the call), short (does half of a write, then ends), fail (EIO, once), partial (does half of a
// write and says so), full (ENOSPC, from then on), loss (ends, and all that was not synchronised is undone), tear (as loss,
// but each block of 512 bytes and each folder entry is undone or kept by chance, which follows from N), unsync (the N-th
// synchronisation fails with EIO; when the process ends by itself, all that was not synchronised is undone).
//
// A process ends by SIGKILL. What is durable: a file's bytes and length when it is synchronised, its name when its folder
// is. Writes through mmap, and the old state of a file that was renamed over, are not followed.

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { none, dies, shortens, fails, halves, fills, loses, tears, forsakes };

// A file as it was when it was last synchronised.
struct file { dev_t device; ino_t inode; char *bytes; off_t length; struct file *next; };
// A name that was made or removed since its folder was last synchronised.
struct entry { char path[512]; int removed; char *bytes; off_t length; mode_t mode; struct entry *next; };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static enum kind kind;
static long target, calls;
static uint64_t chance;
static char folder[512], report[512];
static size_t folderLength;
static struct file *files;
static struct entry *entries;

static void start(void) {
    static int ready;
    if (ready++) return;
    const char *fault = getenv("TERN_FAULT"), *dir = getenv("TERN_FAULT_DIR"), *place = getenv("TERN_FAULT_REPORT");
    if (!fault || !dir) return;
    static const char *const names[] = {"none", "kill", "short", "fail", "partial", "full", "loss", "tear", "unsync"};
    for (int each = 1; each < 9; each++) {
        size_t length = strlen(names[each]);
        if (!strncmp(fault, names[each], length) && fault[length] == ':') {
            kind = each;
            target = atol(fault + length + 1);
        }
    }
    snprintf(folder, sizeof folder, "%s", dir);
    snprintf(report, sizeof report, "%s", place ? place : "");
    folderLength = strlen(folder);
    chance = (uint64_t)target * 0x9e3779b97f4a7c15u + 1;
}

static int coin(void) {
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    return (chance >> 32) & 1;
}

static int below(const char *path) {
    return folderLength && !strncmp(path, folder, folderLength) && (path[folderLength] == '/' || !path[folderLength]);
}

// The path of a name that may be relative to an open folder. Returns whether it is below the folder.
static int resolve(int at, const char *name, char path[512]) {
    start();
    if (!kind) return 0;
    path[0] = 0;
    if (name[0] != '/') {
        char link[64];
        if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, path, 300);
        if (length < 0) return 0;
        path[length] = '/', path[length + 1] = 0;
    }
    strncat(path, name, 511 - strlen(path));
    return below(path);
}

static int tracked(int descriptor, char path[512]) {
    start();
    if (!kind || descriptor < 0) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, 511);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

static char *contents(int descriptor, off_t *length) {
    struct stat status;
    *length = 0;
    if (syscall(SYS_fstat, descriptor, &status)) return NULL;
    char *bytes = malloc(status.st_size + 1);
    while (*length < status.st_size) {
        ssize_t count = syscall(SYS_pread64, descriptor, bytes + *length, status.st_size - *length, *length);
        if (count <= 0) break;
        *length += count;
    }
    return bytes;
}

static struct file *known(int descriptor) {
    struct stat status;
    if (syscall(SYS_fstat, descriptor, &status) || !S_ISREG(status.st_mode)) return NULL;
    for (struct file *file = files; file; file = file->next)
        if (file->device == status.st_dev && file->inode == status.st_ino) return file;
    return NULL;
}

// What is there now is durable. A descriptor that cannot be read is opened again.
static void settle(int descriptor) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    int readable = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
    struct stat status;
    if (readable < 0) return;
    if (!syscall(SYS_fstat, readable, &status) && S_ISREG(status.st_mode)) {
        struct file *file = known(readable);
        if (!file) {
            file = calloc(1, sizeof *file);
            file->device = status.st_dev, file->inode = status.st_ino;
            file->next = files, files = file;
        }
        free(file->bytes);
        file->bytes = contents(readable, &file->length);
    }
    syscall(SYS_close, readable);
}

static struct entry *noted(const char *path, int removed) {
    struct entry *entry = calloc(1, sizeof *entry);
    snprintf(entry->path, sizeof entry->path, "%s", path);
    entry->removed = removed;
    entry->next = entries, entries = entry;
    return entry;
}

// The names in a folder are durable.
static void settleNames(const char *directory) {
    size_t length = strlen(directory);
    for (struct entry **each = &entries; *each;) {
        struct entry *entry = *each;
        int within = !strncmp(entry->path, directory, length) && entry->path[length] == '/';
        if (within && !strchr(entry->path + length + 1, '/')) *each = entry->next, free(entry->bytes), free(entry);
        else each = &entry->next;
    }
}

static void removeAll(const char *path) {
    if (!syscall(SYS_unlinkat, AT_FDCWD, path, 0)) return;
    DIR *directory = opendir(path);
    if (!directory) return;
    struct dirent *item;
    while ((item = readdir(directory))) {
        char inner[1024];
        if (!strcmp(item->d_name, ".") || !strcmp(item->d_name, "..")) continue;
        snprintf(inner, sizeof inner, "%s/%s", path, item->d_name);
        removeAll(inner);
    }
    closedir(directory), syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

// Puts a file back to what was durable, all of it or by chance.
static void restore(const char *path) {
    int descriptor = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_NOFOLLOW, 0);
    if (descriptor < 0) return;
    struct file *file = known(descriptor);
    if (file) {
        off_t length = lseek(descriptor, 0, SEEK_END);
        off_t end = kind == tears && coin() ? length : file->length;
        for (off_t start = 0; start < end; start += 512) {
            off_t count = end - start < 512 ? end - start : 512;
            if (kind == tears && start + count <= length && coin()) continue;
            char block[512] = {0};
            if (start < file->length)
                memcpy(block, file->bytes + start, file->length - start < count ? file->length - start : count);
            syscall(SYS_pwrite64, descriptor, block, count, start);
        }
        syscall(SYS_ftruncate, descriptor, end);
    }
    syscall(SYS_close, descriptor);
}

static void restoreBelow(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) { restore(path); return; }
    struct dirent *item;
    while ((item = readdir(directory))) {
        char inner[1024];
        if (!strcmp(item->d_name, ".") || !strcmp(item->d_name, "..")) continue;
        snprintf(inner, sizeof inner, "%s/%s", path, item->d_name);
        restoreBelow(inner);
    }
    closedir(directory);
}

static void losePower(void) {
    restoreBelow(folder);
    for (struct entry *entry = entries; entry; entry = entry->next) {
        if (kind == tears && coin()) continue;
        if (!entry->removed) { removeAll(entry->path); continue; }
        int descriptor = syscall(SYS_openat, AT_FDCWD, entry->path, O_WRONLY | O_CREAT | O_EXCL, entry->mode);
        if (descriptor < 0) continue;
        syscall(SYS_pwrite64, descriptor, entry->bytes, entry->length, (off_t)0);
        syscall(SYS_close, descriptor);
    }
}

__attribute__((destructor)) static void leave(void) { if (kind == forsakes) losePower(); }
static void end(void) { for (;;) syscall(SYS_kill, getpid(), SIGKILL); }

// Counts a call. 0: it goes on as it is; 1: it fails with errno set; 2: it does half, and `finish` follows.
static int strike(const char *name, int grows) {
    if (kind == forsakes && strcmp(name, "sync")) return 0;
    calls++;
    if (calls < target || kind == none) return 0;
    if (calls > target) {
        if (kind != fills || !grows) return 0;
        errno = ENOSPC;
        return 1;
    }
    int descriptor = report[0] ? syscall(SYS_openat, AT_FDCWD, report, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (descriptor >= 0) syscall(SYS_write, descriptor, name, strlen(name)), syscall(SYS_close, descriptor);
    switch (kind) {
    case fails: case forsakes: errno = EIO; return 1;
    case fills: if (!grows) return 0; errno = ENOSPC; return 1;
    case shortens: case halves: if (!strcmp(name, "write")) return 2; if (kind == halves) return 0; end(); return 0;
    case loses: case tears: losePower(); end(); return 0;
    default: end(); return 0;
    }
}

#define lock() pthread_mutex_lock(&mutex)
#define unlock() do { int code = errno; pthread_mutex_unlock(&mutex); errno = code; } while (0)

static int opened(int at, const char *name, int flags, mode_t mode) {
    char path[512];
    if (!resolve(at, name, path)) return syscall(SYS_openat, at, name, flags, mode);
    lock();
    int creates = (flags & O_CREAT) && syscall(SYS_faccessat, at, name, F_OK) != 0, cuts = !creates && (flags & O_TRUNC);
    int result = -1;
    if ((!creates && !cuts) || !strike("open", creates)) {
        if (cuts) {
            int before = syscall(SYS_openat, at, name, O_RDONLY | O_CLOEXEC, 0);
            if (before >= 0) { if (!known(before)) settle(before); syscall(SYS_close, before); }
        }
        result = syscall(SYS_openat, at, name, flags, mode);
        if (result >= 0 && !(flags & O_PATH)) {
            if (creates) noted(path, 0);
            if (!known(result)) settle(result);
        }
    }
    unlock();
    return result;
}

#define WITH_MODE va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);
int open(const char *name, int flags, ...) { WITH_MODE return opened(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { WITH_MODE return opened(AT_FDCWD, name, flags, mode); }
int openat(int at, const char *name, int flags, ...) { WITH_MODE return opened(at, name, flags, mode); }
int openat64(int at, const char *name, int flags, ...) { WITH_MODE return opened(at, name, flags, mode); }
int creat(const char *name, mode_t mode) { return opened(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static ssize_t written(int descriptor, const void *bytes, size_t count, off_t offset, int positioned) {
    char path[512];
    int mine = tracked(descriptor, path);
    size_t some = count;
    int fate = 0;
    if (mine) { lock(); if (!known(descriptor)) settle(descriptor); }  // it may have been opened before this program began
    if (mine && (fate = strike("write", 1)) == 2) some = count / 2;
    ssize_t result = -1;
    if (fate != 1)
        result = positioned ? syscall(SYS_pwrite64, descriptor, bytes, some, offset)
                            : syscall(SYS_write, descriptor, bytes, some);
    if (fate == 2 && kind == shortens) end();
    if (mine) unlock();
    return result;
}

ssize_t write(int d, const void *b, size_t n) { return written(d, b, n, 0, 0); }
ssize_t pwrite(int d, const void *b, size_t n, off_t at) { return written(d, b, n, at, 1); }
ssize_t pwrite64(int d, const void *b, size_t n, off64_t at) { return written(d, b, n, at, 1); }
ssize_t writev(int d, const struct iovec *v, int n) {
    ssize_t total = 0;
    for (int each = 0; each < n; each++) {
        ssize_t count = written(d, v[each].iov_base, v[each].iov_len, 0, 0);
        if (count < 0) return total ? total : -1;
        total += count;
        if ((size_t)count < v[each].iov_len) break;
    }
    return total;
}

static int synchronised(int descriptor, long call) {
    char path[512];
    if (!tracked(descriptor, path)) return syscall(call, descriptor);
    lock();
    int result = strike("sync", 0) ? -1 : syscall(call, descriptor);
    if (!result) settle(descriptor), settleNames(path);
    unlock();
    return result;
}
int fsync(int d) { return synchronised(d, SYS_fsync); }
int fdatasync(int d) { return synchronised(d, SYS_fdatasync); }

static int cut(int descriptor, off_t length) {
    char path[512];
    if (!tracked(descriptor, path)) return syscall(SYS_ftruncate, descriptor, length);
    lock();
    int result = strike("truncate", 0) ? -1 : syscall(SYS_ftruncate, descriptor, length);
    unlock();
    return result;
}
int ftruncate(int d, off_t length) { return cut(d, length); }
int ftruncate64(int d, off64_t length) { return cut(d, length); }

static int reserved(int descriptor, int mode, off_t offset, off_t length) {
    char path[512];
    if (!tracked(descriptor, path)) return syscall(SYS_fallocate, descriptor, mode, offset, length);
    lock();
    int result = strike("allocate", 1) ? -1 : syscall(SYS_fallocate, descriptor, mode, offset, length);
    unlock();
    return result;
}
int fallocate(int d, int mode, off_t at, off_t length) { return reserved(d, mode, at, length); }
int fallocate64(int d, int mode, off64_t at, off64_t length) { return reserved(d, mode, at, length); }
int posix_fallocate(int d, off_t at, off_t length) { return reserved(d, 0, at, length) ? errno : 0; }
int posix_fallocate64(int d, off64_t at, off64_t length) { return reserved(d, 0, at, length) ? errno : 0; }

static int removed(int at, const char *name, int flags) {
    char path[512];
    if (!resolve(at, name, path)) return syscall(SYS_unlinkat, at, name, flags);
    lock();
    int result = -1;
    if (!strike("remove", 0)) {
        struct entry *entry = NULL;
        int descriptor = flags ? -1 : syscall(SYS_openat, at, name, O_RDONLY | O_NOFOLLOW, 0);
        if (descriptor >= 0) {
            struct file *file = known(descriptor);
            struct stat status;
            entry = noted(path, 1);
            if (!syscall(SYS_fstat, descriptor, &status)) entry->mode = status.st_mode & 07777;
            if (file) {
                entry->bytes = malloc(file->length + 1);
                memcpy(entry->bytes, file->bytes, entry->length = file->length);
                file->inode = 0;  // the number may be given to another file
            } else entry->bytes = contents(descriptor, &entry->length);
            syscall(SYS_close, descriptor);
        }
        result = syscall(SYS_unlinkat, at, name, flags);
    }
    unlock();
    return result;
}
int unlink(const char *name) { return removed(AT_FDCWD, name, 0); }
int unlinkat(int at, const char *name, int flags) { return removed(at, name, flags); }
int rmdir(const char *name) { return removed(AT_FDCWD, name, AT_REMOVEDIR); }

static int named(int beside, int from, const char *old, int to, const char *new, int flags) {
    char path[512];
    long call = beside ? SYS_linkat : SYS_renameat2;
    if (!resolve(to, new, path)) return syscall(call, from, old, to, new, flags);
    lock();
    int result = strike(beside ? "link" : "rename", beside) ? -1 : syscall(call, from, old, to, new, flags);
    if (beside && !result) noted(path, 0);
    unlock();
    return result;
}
int rename(const char *old, const char *new) { return named(0, AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int from, const char *old, int to, const char *new) { return named(0, from, old, to, new, 0); }
int link(const char *old, const char *new) { return named(1, AT_FDCWD, old, AT_FDCWD, new, 0); }
int linkat(int from, const char *old, int to, const char *new, int flags) { return named(1, from, old, to, new, flags); }

static int made(int at, const char *name, mode_t mode) {
    char path[512];
    if (!resolve(at, name, path)) return syscall(SYS_mkdirat, at, name, mode);
    lock();
    int result = -1;
    if (!strike("mkdir", 1) && !(result = syscall(SYS_mkdirat, at, name, mode))) noted(path, 0);
    unlock();
    return result;
}
int mkdir(const char *name, mode_t mode) { return made(AT_FDCWD, name, mode); }
int mkdirat(int at, const char *name, mode_t mode) { return made(at, name, mode); }
