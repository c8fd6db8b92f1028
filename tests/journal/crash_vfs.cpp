// SPDX-License-Identifier: Apache-2.0
#include "journal/crash_vfs.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::journal {

namespace {
constexpr std::size_t kSector = 512;
}

CrashVfs::CrashVfs() : real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *real_;
  vfs_.zName = "crash";
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.szOsFile = sizeof(File);
  vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* opened, int flags, int* out_flags) {
    CrashVfs& self = of(vfs);
    opened->pMethods = nullptr;
    if (const int code = self.begin(Call::Open); code != SQLITE_OK) return code;
    const std::string path = name ? name : "temporary";
    if (!self.files_.contains(path)) {
      if ((flags & SQLITE_OPEN_READONLY) != 0) return SQLITE_CANTOPEN;
      self.files_[path] = std::make_shared<Content>();
    }
    of(opened) = {
        {&methods()}, &self, new std::shared_ptr<Content>(self.files_[path]), new std::vector<std::unique_ptr<char[]>>};
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
  };
  vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int) {
    CrashVfs& self = of(vfs);
    if (const int code = self.begin(Call::Delete); code != SQLITE_OK) return code;
    return self.files_.erase(name) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
  };
  vfs_.xAccess = [](sqlite3_vfs* vfs, const char* name, int, int* exists) {
    const auto found = of(vfs).files_.find(name);
    *exists = found != of(vfs).files_.end() && !found->second->now.empty();
    return SQLITE_OK;
  };
  vfs_.xFullPathname = [](sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
  };
  sqlite3_vfs_register(&vfs_, 1);
}

CrashVfs::~CrashVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

void CrashVfs::apply(std::string& bytes, const Write& write) {
  if (write.bytes.empty()) return bytes.resize(std::min(bytes.size(), write.offset));
  bytes.resize(std::max(bytes.size(), write.offset + write.bytes.size()));
  bytes.replace(write.offset, write.bytes.size(), write.bytes);
}

const sqlite3_io_methods& CrashVfs::methods() {
  static const sqlite3_io_methods methods{
      .iVersion = 2,
      .xClose =
          [](sqlite3_file* file) {
            delete of(file).content;
            delete of(file).shared;
            return SQLITE_OK;
          },
      .xRead =
          [](sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
            if (const int code = of(file).vfs->begin(Call::Read); code != SQLITE_OK) return code;
            const std::string& bytes = (*of(file).content)->now;
            const auto start = std::min(static_cast<std::size_t>(offset), bytes.size());
            const auto count = std::min(static_cast<std::size_t>(size), bytes.size() - start);
            std::memcpy(out, bytes.data() + start, count);
            std::memset(static_cast<char*>(out) + count, 0, static_cast<std::size_t>(size) - count);
            return count == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
          },
      .xWrite =
          [](sqlite3_file* file, const void* in, int size, sqlite3_int64 offset) {
            if (const int code = of(file).vfs->begin(Call::Write); code != SQLITE_OK) return code;
            Content& content = **of(file).content;
            const Write write{static_cast<std::size_t>(offset),
                              std::string(static_cast<const char*>(in), static_cast<std::size_t>(size))};
            apply(content.now, write);
            content.unsynced.push_back(write);
            return SQLITE_OK;
          },
      .xTruncate =
          [](sqlite3_file* file, sqlite3_int64 size) {
            if (const int code = of(file).vfs->begin(Call::Truncate); code != SQLITE_OK) return code;
            Content& content = **of(file).content;
            apply(content.now, {static_cast<std::size_t>(size), ""});
            content.unsynced.push_back({static_cast<std::size_t>(size), ""});
            return SQLITE_OK;
          },
      .xSync =
          [](sqlite3_file* file, int) {
            if (const int code = of(file).vfs->begin(Call::Sync); code != SQLITE_OK) return code;
            Content& content = **of(file).content;
            content.synced = content.now;
            content.unsynced.clear();
            return SQLITE_OK;
          },
      .xFileSize =
          [](sqlite3_file* file, sqlite3_int64* size) {
            *size = static_cast<sqlite3_int64>((*of(file).content)->now.size());
            return SQLITE_OK;
          },
      .xLock = [](sqlite3_file*, int) { return SQLITE_OK; },
      .xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; },
      .xCheckReservedLock =
          [](sqlite3_file*, int* held) {
            *held = 0;
            return SQLITE_OK;
          },
      .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
      .xSectorSize = [](sqlite3_file*) { return static_cast<int>(kSector); },
      .xDeviceCharacteristics = [](sqlite3_file*) { return 0; },
      .xShmMap =
          [](sqlite3_file* file, int region, int size, int extend, void volatile** out) {
            auto& shared = *of(file).shared;
            *out = nullptr;
            while (extend != 0 && shared.size() <= static_cast<std::size_t>(region))
              shared.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
            if (static_cast<std::size_t>(region) < shared.size()) *out = shared[static_cast<std::size_t>(region)].get();
            return SQLITE_OK;
          },
      .xShmLock = [](sqlite3_file*, int, int, int) { return SQLITE_OK; },
      .xShmBarrier = [](sqlite3_file*) {},
      .xShmUnmap =
          [](sqlite3_file* file, int) {
            of(file).shared->clear();
            return SQLITE_OK;
          },
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
  return methods;
}

void CrashVfs::cut_power(std::mt19937_64& random) {
  for (auto& [path, content] : files_) {
    std::string left = content->synced;
    for (const Write& write : content->unsynced) {
      const unsigned fate = static_cast<unsigned>(random() % 4);
      if (fate == 0) continue;  // lost
      if (fate > 1 || write.bytes.empty()) {
        apply(left, write);
        continue;
      }
      const std::size_t sectors = write.bytes.size() / kSector;  // torn: some of its sectors remain
      for (std::size_t sector = 0; sector < sectors; ++sector)
        if (random() % 2 == 0)
          apply(left, {write.offset + sector * kSector, write.bytes.substr(sector * kSector, kSector)});
    }
    // A new object, so that connections of the lost process do not change it.
    auto after = std::make_shared<Content>();
    after->now = after->synced = std::move(left);
    content = std::move(after);
  }
}

}  // namespace sluice::journal
