package file_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

func TestFilesThatCannotBeImported(t *testing.T) {
	whole := gzipped(t, strings.Repeat(usageCSV, 500))
	for _, tt := range []struct {
		name, file, content string
		want                []string // in the message, which also names the file
	}{
		{"empty", "usage.csv", "", []string{"is empty", "export it again"}},
		{"blank", "usage.csv", "\n \n\n", []string{"only blank lines"}},
		{"empty inside", "usage.csv.gz", gzipped(t, ""), []string{"holds nothing"}},
		{"PDF", "usage.csv", "%PDF-1.7\n%âãÏÓ\n", []string{"a PDF document", "export the table"}},
		{"PNG", "accounts.csv", "\x89PNG\r\n\x1a\n\x00\x00", []string{"a PNG picture"}},
		{"old Excel", "accounts.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", []string{"save it as .xlsx"}},
		{"login page", "usage.csv", "<!doctype html><html><body>Sign in", []string{"a web page", "export again"}},
		{"ZIP", "usage.csv.zip", "PK\x03\x04\x14\x00\x00\x00usage.csv", []string{"a ZIP archive", "unpack it"}},
		{"binary", "usage.csv", strings.Repeat("\x01\x02\x03\x7f", 50), []string{"is not text"}},
		{"JSON array", "usage.json", `[{"event_id":"e1"}]`, []string{"one object per line"}},
		{"cut gzip", "usage.csv.gz", whole[:len(whole)-40], []string{"damaged or cut off", "nothing of it was stored"}},
		{"gzip with a wrong checksum", "usage.csv.gz", whole[:len(whole)-8] + "\x00\x00\x00\x00" + whole[len(whole)-4:], []string{"damaged or cut off"}},
		{"cut zstd", "usage.csv.zst", zstandard(t, usageCSV)[:40], []string{"damaged or cut off"}},
		{"cut Parquet", "usage.parquet", "PAR1\x00\x00\x00", []string{"cannot be read as Parquet"}},
		{"cut workbook", "usage.xlsx", "PK\x03\x04 [Content_Types].xml", []string{"cannot be read as a workbook"}},
		{"double header", "usage.csv", "event_id,time,Feature,feature\ne1,2026-01-01,a,b\n", []string{"two columns named", "rename or remove"}},
		{"missing column", "usage.csv", "event_id,when,feature\ne1,2026-01-01,a\n", []string{"no column time", "when", "--suggest"}},
		{"unknown columns", "accounts.csv", "foo,bar\n1,2\n", []string{"no column account_id"}},
		{"unknown name", "stuff.csv", usageCSV, []string{"looks like usage", "usage.csv"}},
		{"header of one endless line", "usage.csv", strings.Repeat("x", 17<<20), []string{"longer than 16 MiB"}},
		{"open quote in the header", "usage.csv", "event_id,\"time\n1,2\n", []string{"the header", "quote"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			im := importer(t, "")
			_, paths := folder(t, tt.file, tt.content)
			_, err := im.Import(t.Context(), paths, file.Options{})
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("got %v, a %s error", err, fault.KindOf(err))
			}
			for _, want := range append(tt.want, filepath.Base(paths[0])) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			expect(t, im, "SELECT count(*) FROM batch", "0")
		})
	}
}

func TestPathsThatCannotBeImported(t *testing.T) {
	im := importer(t, "")
	for name, paths := range map[string][]string{"nothing": {}, "empty folder": {t.TempDir()}} {
		if _, err := im.Import(t.Context(), paths, file.Options{}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if _, err := im.Import(t.Context(), []string{"/no/such/file"}, file.Options{}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a missing file gives %v", err)
	}
	dir, _ := folder(t, "notes.txt", "a,b\n", "usage.csv", "%PDF-1.7")
	if _, err := im.Import(t.Context(), []string{dir}, file.Options{}); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "usage.csv is a PDF") {
		t.Errorf("a folder with a promising PDF gives %v", err)
	}
}

func TestHeaderOnly(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "usage.csv", "event_id,time,feature\n")
	report := mustImport(t, im, file.Options{}, paths...)
	if report.Batch != 0 || len(report.Warnings) != 1 || report.Warnings[0].Code != "no_rows" {
		t.Errorf("%+v", report)
	}
}

func TestRejectsNameTheirPlace(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "usage.csv", "event_id,time,person_id,account_id,feature,quantity\n"+
		"e1,2026-01-01,p1,a1,export,1\n"+
		"e2,2026-01-01,p1,a1\n"+ // ragged
		"e3,2026-01-01,p1,a1,5\" disk,1\n"+ // stray quote
		"e4,2026-01-01,p1,a1,null\x00byte,1\n"+
		",=1+1,p1,a1,export,-3\n"+ // three things wrong
		"e6,2026-01-01,,,export,1\n"+ // nobody
		"\"e7,2026-01-01,p1,a1,export,1\n"+ // an open quote
		"e8,2026-01-01,p1,a1,export,1\n")
	dir := t.TempDir()
	report := mustImport(t, im, file.Options{RejectsDir: dir}, paths...)
	if want := (file.Counts{Read: 8, Added: 2, Rejected: 6}); report.Rows != want {
		t.Errorf("got %+v, want %+v", report.Rows, want)
	}
	expect(t, im, "SELECT event_id FROM usage ORDER BY 1", "e1", "e8")
	text, err := os.ReadFile(report.RejectsPath)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"usage,2,3,,4 values for 6 columns,ragged_row,", `usage,3,4,,"e3,2026-01-01,p1,a1,5"" disk,1",stray_quote,`, "usage,4,5,feature,null␀byte,null_byte,",
		"usage,5,6,event_id,,missing,", "usage,5,6,quantity,'-3,out_of_range,", "usage,5,6,time,'=1+1,invalid_time,", "usage,6,7,account_id,,no_subject,", "usage,7,8,,\"\"\"e7",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the rejects lack %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}

func TestLineTooLongIsOneReject(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "usage.csv", "event_id,time,account_id,feature\ne1,2026-01-01,a1,"+strings.Repeat("x", 40<<20)+"\ne2,2026-01-01,a1,export\n")
	report := mustImport(t, im, file.Options{}, paths...)
	if report.Rows.Added != 1 || report.Rows.Rejected != 1 || report.Files[0].Rejects[0].Code != file.CodeLineTooLong {
		t.Errorf("%+v", report.Files)
	}
}

// Sparse files read as null bytes, all on one line: 256 MiB of them, or 2 GiB with
// LIFTMARK_SLOW=1, which takes ten seconds.
func TestEndlessLineTakesNoMemory(t *testing.T) {
	size := int64(256 << 20)
	if os.Getenv("LIFTMARK_SLOW") == "1" {
		size = 2 << 30
	}
	im := importer(t, "")
	_, paths := folder(t, "usage.csv", "event_id,time,account_id,feature\ne1,2026-01-01,a1,")
	f, err := os.OpenFile(paths[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("\ne2,2026-01-01,a1,export\n"), size); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	resetPeak()
	before := peakMiB()
	report := mustImport(t, im, file.Options{}, paths...)
	if report.Rows.Added != 1 || report.Rows.Rejected != 1 {
		t.Errorf("%+v", report.Files)
	}
	if grown := peakMiB() - before; grown > 150 {
		t.Errorf("a line of %d MiB took %.0f MiB", size>>20, grown)
	}
}

func TestCancelledImportLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	im := importer(t, dir)
	path := filepath.Join(t.TempDir(), "usage.csv")
	writeUsage(t, path, 200_000)
	for _, step := range []string{"read", "check", "store", "refresh"} {
		ctx, cancel := context.WithCancel(t.Context())
		im.Progress = func(p file.Progress) {
			if p.Step == step {
				cancel()
			}
		}
		_, err := im.Import(ctx, []string{path}, file.Options{})
		cancel()
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("cancelled at %s: %v", step, err)
		}
		expect(t, im, "SELECT (SELECT count(*) FROM usage) + (SELECT count(*) FROM batch)", "0")
		if left, _ := filepath.Glob(filepath.Join(dir, "import-*")); len(left) > 0 {
			t.Errorf("cancelled at %s, it left %v", step, left)
		}
	}
}

// TestKilledImportLeavesNothing kills a child in the middle of storing.
func TestKilledImportLeavesNothing(t *testing.T) {
	if dir := os.Getenv("LIFTMARK_TEST_KILL"); dir != "" {
		im := importer(t, dir)
		im.Progress = func(p file.Progress) {
			if p.Step == os.Getenv("LIFTMARK_TEST_STEP") {
				time.AfterFunc(100*time.Millisecond, func() { _ = unix.Kill(os.Getpid(), unix.SIGKILL) })
			}
		}
		_, _ = im.Import(t.Context(), []string{os.Getenv("LIFTMARK_TEST_FILE")}, file.Options{})
		time.Sleep(time.Second) // the import was faster than the signal
		return
	}
	path := filepath.Join(t.TempDir(), "usage.csv")
	writeUsage(t, path, 400_000)
	for _, step := range []string{"check", "store"} {
		dir := t.TempDir()
		_, first := folder(t, "accounts.csv", accountsCSV)
		im := importer(t, dir)
		mustImport(t, im, file.Options{}, first...)
		_ = im.DB.(*duckdb.DB).Close()
		child := exec.Command(os.Args[0], "-test.run", "^TestKilledImportLeavesNothing$")
		child.Env = append(os.Environ(), "LIFTMARK_TEST_KILL="+dir, "LIFTMARK_TEST_STEP="+step, "LIFTMARK_TEST_FILE="+path)
		if err := child.Run(); err == nil {
			t.Fatalf("the child was not killed at %s", step)
		}
		im = importer(t, dir)
		expect(t, im, "SELECT count(*) FROM batch", "1")
		expect(t, im, "SELECT count(*) FROM usage", "0")
		expect(t, im, "SELECT count(*) FROM account", "2")
		mustImport(t, im, file.Options{}, path)
		expect(t, im, "SELECT count(*) FROM usage", "400000")
		if left, _ := filepath.Glob(filepath.Join(dir, "import-*")); len(left) > 0 {
			t.Errorf("killed at %s, the next import left %v", step, left)
		}
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("SKIPPED, a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	db, err := duckdb.Open(t.Context(), dir, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	im := &file.Importer{DB: db, Now: time.Now}
	_, first := folder(t, "accounts.csv", accountsCSV)
	mustImport(t, im, file.Options{}, first...)
	plain := filepath.Join(t.TempDir(), "usage.csv")
	writeUsage(t, plain, 900_000)
	staged := filepath.Join(t.TempDir(), "usage.csv.gz") // needs a copy
	text, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(staged, []byte(gzipped(t, string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plain, staged} {
		_, err = im.Import(t.Context(), []string{path}, file.Options{})
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "disk is full") {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	_ = db.Close()
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	again := importer(t, dir)
	expect(t, again, "SELECT (SELECT count(*) FROM usage) || ' ' || (SELECT count(*) FROM account)", "0 2")
}
