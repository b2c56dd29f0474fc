package app

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/vault"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

const manifestName = "manifest.json"

// Manifest says what a backup holds, as its first entry.
type Manifest struct {
	Version string      `json:"version"` // of Liftmark
	MadeAt  time.Time   `json:"made_at"`
	Files   []FileEntry `json:"files"`
}

// FileEntry is one file of a backup.
type FileEntry struct {
	Path   string `json:"path"` // relative to the workspace
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Backup writes the workspace, as it is at one moment, to a new file: a tar
// archive compressed with zstd that Restore reads. An interrupted backup leaves
// no file of that name.
func (w *Workspace) Backup(ctx context.Context, path string) (Manifest, error) {
	if _, err := os.Stat(path); err == nil {
		return Manifest{}, fault.New(fault.Conflict, "%s exists already; choose another name for the backup", path)
	}
	scratch, err := os.MkdirTemp(filepath.Dir(path), ".liftmark-backup-")
	if err != nil {
		return Manifest{}, fault.New(fault.Unavailable, "cannot write beside %s: %w", path, err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if err := w.snapshot(ctx, scratch); err != nil {
		return Manifest{}, err
	}
	manifest, err := describe(scratch, w.now())
	if err != nil {
		return Manifest{}, err
	}
	part := filepath.Join(scratch, "backup.part")
	if err := pack(part, scratch, manifest); err != nil {
		return Manifest{}, w.db.Describe(fmt.Errorf("write the backup: %w", err))
	}
	return manifest, os.Rename(part, path)
}

// snapshot copies what a workspace consists of: the facts, the operational
// store, the settings, the key, the money model, the studies and the company's
// own KPI definitions.
func (w *Workspace) snapshot(ctx context.Context, dir string) error {
	if err := w.snapshotData(ctx, dir); err != nil {
		return err
	}
	for _, name := range []string{config.FileName, modelFile} {
		if err := copyFile(filepath.Join(w.Config.Data, name), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for name, from := range map[string]string{studyDir: filepath.Join(w.Config.Data, studyDir), "kpis": w.Config.KPIDir()} {
		if _, err := os.Stat(from); err != nil {
			continue // a workspace need not have any
		}
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(from)); err != nil {
			return err
		}
	}
	return nil
}

// snapshotData copies the facts and, when there is one, the operational store,
// which is taken after them so that no fact lacks its statement. Erasures and
// other changes of both wait meanwhile, and it waits for those under way.
func (w *Workspace) snapshotData(ctx context.Context, dir string) error {
	facts := filepath.Join(dir, duckdb.FileName)
	if _, err := os.Stat(filepath.Join(w.Config.Data, stateFile)); err != nil {
		return w.db.Backup(ctx, facts) // nothing has arrived by itself yet
	}
	l, err := w.openLive(ctx)
	if err != nil {
		return err
	}
	return l.quiet.still(ctx, func() error {
		if err := w.db.Backup(ctx, facts); err != nil {
			return err
		}
		if err := l.store.Backup(ctx, filepath.Join(dir, stateFile)); err != nil {
			return err
		}
		return l.key.Save(dir) // a store without its key knows nobody whom it erased
	})
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

func describe(dir string, now time.Time) (Manifest, error) {
	m := Manifest{Version: Version, MadeAt: now.UTC().Truncate(time.Second)}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		sum, size, err := hashFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		m.Files = append(m.Files, FileEntry{Path: filepath.ToSlash(name), Bytes: size, SHA256: sum})
		return err
	})
	return m, err
}

func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

func pack(path, dir string, m Manifest) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Sync(), out.Close()) }()
	compressed, err := zstd.NewWriter(out)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	if err := packManifest(archive, m); err != nil {
		return err
	}
	for _, file := range m.Files {
		if err := packFile(archive, dir, file, m.MadeAt); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), compressed.Close())
}

func packManifest(archive *tar.Writer, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(text)), ModTime: m.MadeAt}); err != nil {
		return err
	}
	_, err = archive.Write(text)
	return err
}

func packFile(archive *tar.Writer, dir string, file FileEntry, at time.Time) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(file.Path)))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := archive.WriteHeader(&tar.Header{Name: file.Path, Mode: 0o600, Size: file.Bytes, ModTime: at}); err != nil {
		return err
	}
	_, err = io.Copy(archive, f)
	return err
}

// Restore unpacks a backup into dir, which must not hold a workspace. Every
// file is checked against the manifest before the first one takes its place.
//
// Errors: fault.Conflict when dir holds a workspace, fault.Invalid when the
// backup is damaged or is none.
func Restore(path, dir string) (Manifest, error) {
	for _, name := range []string{duckdb.FileName, stateFile, vault.FileName, duckdb.FileName + ".wal", stateFile + "-wal"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return Manifest{}, fault.New(fault.Conflict, "%s holds a workspace already, or what is left of one (%s); restore into an empty directory", dir, name)
		}
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return Manifest{}, fault.New(fault.Unavailable, "cannot create %s: %w", dir, err)
	}
	scratch, err := os.MkdirTemp(dir, ".liftmark-restore-")
	if err != nil {
		return Manifest{}, fault.New(fault.Unavailable, "cannot write in %s: %w", dir, err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	manifest, err := unpack(path, scratch)
	if err != nil {
		return Manifest{}, err
	}
	// The facts go last: with them the directory becomes a workspace.
	for _, facts := range []bool{false, true} {
		for _, file := range manifest.Files {
			if (file.Path == duckdb.FileName) != facts {
				continue
			}
			if err := place(scratch, dir, file.Path); err != nil {
				return Manifest{}, err
			}
		}
	}
	return manifest, nil
}

func place(from, to, name string) error {
	target := filepath.Join(to, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
		return err
	}
	return os.Rename(filepath.Join(from, filepath.FromSlash(name)), target)
}

func unpack(path, dir string) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, fault.New(fault.NotFound, "cannot read the backup: %w", err)
	}
	defer func() { _ = f.Close() }()
	damaged := func(err error) error {
		return fault.New(fault.Invalid, "%s is damaged or not a Liftmark backup: %w; nothing was restored", path, err)
	}
	compressed, err := zstd.NewReader(f)
	if err != nil {
		return Manifest{}, damaged(err)
	}
	defer compressed.Close()
	archive := tar.NewReader(compressed)
	manifest, err := unpackManifest(archive)
	if err != nil {
		return Manifest{}, damaged(err)
	}
	for _, file := range manifest.Files {
		if err := unpackFile(archive, dir, file); err != nil {
			return Manifest{}, damaged(err)
		}
	}
	return manifest, nil
}

func unpackManifest(archive *tar.Reader) (Manifest, error) {
	head, err := archive.Next()
	if err != nil {
		return Manifest{}, err
	}
	if head.Name != manifestName {
		return Manifest{}, fmt.Errorf("its first entry is %q, not %s", head.Name, manifestName)
	}
	var text bytes.Buffer
	if _, err := io.CopyN(&text, archive, min(head.Size, 16<<20)); err != nil {
		return Manifest{}, err
	}
	var m Manifest
	return m, json.Unmarshal(text.Bytes(), &m)
}

func unpackFile(archive *tar.Reader, dir string, want FileEntry) error {
	head, err := archive.Next()
	if err != nil {
		return fmt.Errorf("%s is missing: %w", want.Path, err)
	}
	if head.Name != want.Path || !filepath.IsLocal(filepath.FromSlash(want.Path)) {
		return fmt.Errorf("entry %q where %q was expected", head.Name, want.Path)
	}
	target := filepath.Join(dir, filepath.FromSlash(want.Path))
	if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
		return err
	}
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.CopyN(io.MultiWriter(out, h), archive, want.Bytes)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("%s: %w", want.Path, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(got, want.SHA256) {
		return fmt.Errorf("%s has the checksum %.12s…, not %.12s…", want.Path, got, want.SHA256)
	}
	return nil
}
