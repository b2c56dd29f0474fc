package statement

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/xapi"
)

// Store is the record store that takes the statements. A statement that it has
// already changes nothing.
type Store interface {
	// Store stores a batch, all of it or nothing.
	//
	// Errors: fault.Invalid or fault.Conflict for what a statement says.
	Store(ctx context.Context, version xapi.Version, statements []*xapi.Statement) error
	// Has says whether a statement of an id is stored.
	Has(ctx context.Context, id string) (bool, error)
}

// Options of one import.
type Options struct {
	DryRun      bool
	RejectsPath string              // file for refused statements; "": none
	Progress    func(file.Progress) // may be nil
}

// batchSize is how many statements are stored at once.
const batchSize = 500

// codes of refusals.
const (
	codeInvalid  = "invalid_statement"
	codeConflict = file.CodeConflict
)

// Import stores the statements of files, in order. Statements without an id get
// one that follows from their content, so that the same file again changes
// nothing. The report counts every statement.
func Import(ctx context.Context, store Store, paths []string, opt Options) (file.Report, error) {
	begun := time.Now()
	r := &run{store: store, opt: opt, seen: map[string]bool{}}
	r.report = file.Report{DryRun: opt.DryRun, Files: []file.Part{}, Ignored: []file.Ignored{}, Questions: []file.Question{}, Warnings: []file.Warning{}}
	for _, path := range paths {
		if err := r.file(ctx, path); err != nil {
			return r.report, errors.Join(err, r.closeRejects())
		}
	}
	r.report.Seconds = time.Since(begun).Seconds()
	return r.report, r.closeRejects()
}

type run struct {
	store  Store
	opt    Options
	report file.Report

	part    *file.Part
	path    string
	pending [3][]numbered // by version
	seen    map[string]bool
	rejects *os.File
	table   *csv.Writer
}

// numbered is a statement and its number in the file.
type numbered struct {
	n         int64
	statement *xapi.Statement
}

func (r *run) file(ctx context.Context, path string) error {
	sum, err := checksum(path)
	if err != nil {
		return err
	}
	r.path = path
	r.report.Files = append(r.report.Files, file.Part{File: filepath.Base(path), Fact: "statement", Format: "jsonl", Encoding: "utf-8", SHA256: sum, Attributes: []string{}, Rejects: []file.RejectSummary{}})
	r.part = &r.report.Files[len(r.report.Files)-1]
	err = read(path, func(n int64, object []byte) error { return r.take(ctx, n, object) })
	err = errors.Join(err, r.flush(ctx, xapi.V1), r.flush(ctx, xapi.V2))
	r.report.Rows.Add(r.part.Rows)
	return err
}

func checksum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fault.New(fault.NotFound, "%w", err)
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// take parses one statement by the rules of the version that it names, 1.0.x
// where it names none.
func (r *run) take(ctx context.Context, n int64, object []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.part.Rows.Read++
	if r.opt.Progress != nil && n%1000 == 0 {
		r.opt.Progress(file.Progress{File: r.path, Step: "store", Done: n})
	}
	version := versionOf(object)
	statement, err := xapi.Parse(version, append([]byte(nil), object...))
	if err != nil {
		return r.refuse(n, codeInvalid, err)
	}
	if statement.ID == "" {
		if statement, err = withID(version, statement); err != nil {
			return r.refuse(n, codeInvalid, err)
		}
	}
	id := strings.ToLower(statement.ID)
	if r.seen[id] {
		// It may say something else: let the record store compare, by itself.
		if err := r.flush(ctx, version); err != nil {
			return err
		}
	}
	r.seen[id] = true
	r.pending[version] = append(r.pending[version], numbered{n, statement})
	if len(r.pending[version]) >= batchSize {
		return r.flush(ctx, version)
	}
	return nil
}

// versionOf looks for a version of 2.0 among the statement's members.
func versionOf(object []byte) xapi.Version {
	version := xapi.V1
	_ = eachMember(newStream(bytes.NewReader(object)), func(name string, dec *jsontext.Decoder) error { // what cannot be read the parser refuses
		if name != "version" {
			return dec.SkipValue()
		}
		tok, err := dec.ReadToken()
		if err == nil && tok.Kind() == '"' && strings.HasPrefix(tok.String(), "2.") {
			version = xapi.V2
		}
		return err
	})
	return version
}

// namespace of the ids of statements that came without one.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://liftmark.dev/statement"))

func withID(version xapi.Version, s *xapi.Statement) (*xapi.Statement, error) {
	return xapi.Parse(version, s.Assigned(xapi.Assignment{ID: uuid.NewSHA1(namespace, s.Raw).String(), Timestamp: s.Timestamp, Version: s.Version, Authority: s.Authority}))
}

// flush stores what is pending of a version.
func (r *run) flush(ctx context.Context, version xapi.Version) error {
	batch := r.pending[version]
	r.pending[version] = nil
	clear(r.seen)
	for _, pending := range r.pending {
		for _, p := range pending {
			r.seen[strings.ToLower(p.statement.ID)] = true
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return r.store1(ctx, version, batch)
}

// store1 stores a batch; when it is refused, each half of it, down to the
// statement that is to blame.
func (r *run) store1(ctx context.Context, version xapi.Version, batch []numbered) error {
	known, err := r.known(ctx, batch)
	if err != nil {
		return err
	}
	statements := make([]*xapi.Statement, len(batch))
	for i, b := range batch {
		statements[i] = b.statement
	}
	if !r.opt.DryRun {
		err = r.store.Store(ctx, version, statements)
	}
	if kind := fault.KindOf(err); err == nil || kind != fault.Invalid && kind != fault.Conflict {
		if err == nil {
			r.part.Rows.Added += int64(len(batch)) - known
			r.part.Rows.Unchanged += known
		}
		return err
	}
	if len(batch) == 1 {
		code := codeInvalid
		if fault.KindOf(err) == fault.Conflict {
			code = codeConflict
		}
		return r.refuse(batch[0].n, code, err)
	}
	half := len(batch) / 2
	if err := r.store1(ctx, version, batch[:half]); err != nil {
		return err
	}
	return r.store1(ctx, version, batch[half:])
}

func (r *run) known(ctx context.Context, batch []numbered) (n int64, err error) {
	for _, b := range batch {
		has, err := r.store.Has(ctx, b.statement.ID)
		if err != nil {
			return 0, err
		}
		if has {
			n++
		}
	}
	return n, nil
}
