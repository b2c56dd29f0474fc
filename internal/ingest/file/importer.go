package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Importer brings files into a workspace.
type Importer struct {
	DB       warehouse.Stage
	Now      func() time.Time
	Progress func(Progress) // may be nil; called often
	// Suppressed says which keys and e-mail addresses of people are those of
	// people who were erased: rows about them are left out. nil: nobody's.
	Suppressed func(ctx context.Context, keys []string) (map[string]bool, error)
}

// Options of one import.
type Options struct {
	Mapping    *Mapping // nil: canonical files only
	DryRun     bool     // report what would happen, store nothing
	RejectsDir string   // where rejects-BATCH.csv goes; "": no such file
}

// run is one import under way.
type run struct {
	*Importer
	opt     Options
	conn    *sql.Conn
	tx      *sql.Tx
	env     *decodeEnv
	release func() // the engine's memory
	batch   int
	base    int64 // rows of the files before the present one
	stages  []*stage
	plans   [][]*plan // by stage
	report  Report
}

// Import reads the files and folders in paths as one batch in one transaction.
//
// Errors: fault.Invalid with a message for each file that cannot be read or
// recognised, or when there are questions (the report then lists them);
// fault.NotFound, fault.TooLarge and fault.Unavailable as they say. After an
// error nothing is stored.
func (im *Importer) Import(ctx context.Context, paths []string, opt Options) (Report, error) {
	started := im.Now()
	r := &run{Importer: im, opt: opt}
	r.report = Report{DryRun: opt.DryRun, Files: []Part{}, Ignored: []Ignored{}, Questions: []Question{}, Warnings: []Warning{}}
	err := r.do(ctx, paths)
	r.report.Seconds = im.Now().Sub(started).Seconds()
	if err != nil {
		r.report.Batch = 0
	}
	return r.report, interrupted(ctx, im.DB.Describe(err))
}

// interrupted says that an error came from the end of the context.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fault.New(fault.Unavailable, "the import was interrupted, nothing of it was stored: %w", context.Cause(ctx))
	}
	return err
}

func (r *run) do(ctx context.Context, paths []string) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	defer r.close()
	if err := r.decodeAll(ctx, paths); err != nil {
		return err
	}
	if err := r.settleShapes(ctx); err != nil {
		return err
	}
	var err error
	if r.tx, err = r.conn.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer func() { _ = r.tx.Rollback() }()
	if err := r.start(ctx); err != nil {
		return err
	}
	for _, i := range r.order() {
		if err := r.importStage(ctx, i); err != nil {
			return fmt.Errorf("import %s: %w", r.stages[i].label, err)
		}
	}
	return r.conclude(ctx)
}

// stagingPrefix begins the names of folders for staged files; those that an
// interrupted import left behind are removed by the next one.
const stagingPrefix = "import-"

func (r *run) open(ctx context.Context) error {
	root := r.DB.Dir()
	if root == "" || strings.ContainsAny(root, "*?[]{}") {
		root = os.TempDir()
	} else if left, err := filepath.Glob(filepath.Join(root, stagingPrefix+"*")); err == nil {
		for _, dir := range left {
			_ = os.RemoveAll(dir)
		}
	}
	dir, err := os.MkdirTemp(root, stagingPrefix)
	if err != nil {
		return describeWrite(ctx, fault.New(fault.Unavailable, "cannot write into the workspace: %w", err))
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	r.env = &decodeEnv{dir: dir, progress: r.Progress}
	if r.conn, err = r.DB.SQL().Conn(ctx); err != nil {
		_ = os.RemoveAll(dir)
		return err
	}
	r.env.conn = r.conn
	r.release = r.DB.Roomy(ctx)
	return nil
}

func (r *run) close() {
	r.release()
	_ = r.conn.Close()
	_ = os.RemoveAll(r.env.dir)
}

// decodeAll stages and plans every file, and reports all that is wrong at once.
func (r *run) decodeAll(ctx context.Context, paths []string) error {
	files, err := listFiles(paths)
	if err != nil {
		return err
	}
	var problems []error
	for _, f := range files {
		if err := r.decodeFile(ctx, f); err != nil {
			if ctx.Err() != nil {
				return err
			}
			problems = append(problems, err)
		}
	}
	if len(problems) == 0 && len(r.stages) == 0 {
		return fault.New(fault.Invalid, "none of the files is recognised: %s; name them after what they hold (%s.csv), or describe them in a mapping (import --suggest writes a first one)",
			r.ignoredList(), strings.Join(fileNames(), ".csv, "))
	}
	return joined(problems)
}

func (r *run) ignoredList() string {
	var names []string
	for _, i := range r.report.Ignored {
		names = append(names, filepath.Base(i.File))
	}
	return columnList(names)
}

// joined makes one error of many, of the first one's kind.
func joined(problems []error) error {
	if len(problems) < 2 {
		return errors.Join(problems...)
	}
	return fault.New(fault.KindOf(problems[0]), "%w", errors.Join(problems...))
}

func (r *run) decodeFile(ctx context.Context, f found) error {
	in, err := sniff(f.path)
	if err != nil {
		return r.ignoreOr(f, err)
	}
	if f.inFolder && in.format != formatXLSX && !r.promises(in.name) {
		r.report.Ignored = append(r.report.Ignored, Ignored{File: f.path, Reason: "the name does not say what it holds, and no rule of a mapping fits it"})
		return nil
	}
	stages, err := decode(ctx, r.env, in)
	if err != nil {
		return r.ignoreOr(f, err)
	}
	for _, st := range stages {
		list, err := plans(r.opt.Mapping, st)
		if err != nil {
			if err := r.ignoreOr(f, err); err != nil {
				return err
			}
			continue
		}
		r.stages, r.plans = append(r.stages, st), append(r.plans, list)
	}
	return nil
}

// ignoreOr passes over a file of a folder whose name promises nothing; any other
// file's problem is the import's.
func (r *run) ignoreOr(f found, err error) error {
	if !f.inFolder || r.promises(unpackedName(f.path)) || fault.KindOf(err) != fault.Invalid {
		return err
	}
	r.report.Ignored = append(r.report.Ignored, Ignored{File: f.path, Reason: err.Error()})
	return nil
}

// promises says that a file of that name is meant to be imported.
func (r *run) promises(name string) bool {
	return factByName(name) != nil || r.opt.Mapping.find(&stage{in: &input{name: name}}) != nil
}

// found is a file to import.
type found struct {
	path     string
	inFolder bool // it was not named itself
}

// listFiles lists the named files, and the files directly in named folders.
func listFiles(paths []string) (files []found, err error) {
	if len(paths) == 0 {
		return nil, fault.New(fault.Invalid, "there is nothing to import; name files or a folder")
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, pathError(path, err)
		}
		if !info.IsDir() {
			files = append(files, found{path, false})
			continue
		}
		inside, err := listFolder(path)
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	return files, nil
}

func listFolder(path string) (files []found, err error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "~$") {
			continue
		}
		full := filepath.Join(path, e.Name())
		if info, err := os.Stat(full); err == nil && info.Mode().IsRegular() {
			files = append(files, found{full, true})
		}
	}
	if len(files) == 0 {
		return nil, fault.New(fault.Invalid, "the folder %s has no files in it (folders within it are not searched); name the folder that has the files", path)
	}
	return files, nil
}

// start opens the batch within the transaction.
func (r *run) start(ctx context.Context) (err error) {
	if r.batch, err = r.DB.Batch(ctx); err != nil {
		return err
	}
	r.report.Batch = r.batch
	_, err = r.tx.ExecContext(ctx, createReject)
	return err
}

// order sorts the stages so that accounts, people and activities come first.
func (r *run) order() []int {
	rank := func(i int) int {
		return slices.IndexFunc(record.Facts, func(f record.Fact) bool { return f.Name == r.plans[i][0].fact.Name })
	}
	order := make([]int, len(r.stages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	return order
}

// settleShapes decides how dates and numbers are written, and stops with the
// questions that only the user can answer.
func (r *run) settleShapes(ctx context.Context) error {
	for i := range r.stages {
		if err := r.settleStage(ctx, i); err != nil {
			return fmt.Errorf("look at %s: %w", r.stages[i].label, err)
		}
	}
	if len(r.report.Questions) == 0 {
		return nil
	}
	n := len(r.report.Questions)
	return fault.New(fault.Invalid, "%s must be answered in the mapping first; nothing was stored", figure.Counted(n, "question", "questions"))
}

// settleStage settles the plans of a stage. Should the engine read the quotes of a
// direct stage otherwise than we did, it gets a normalised copy.
func (r *run) settleStage(ctx context.Context, i int) error {
	st := r.stages[i]
	if st.direct && st.quotes {
		var n int64
		err := r.conn.QueryRowContext(ctx, "SELECT count(*) FROM ("+st.relation(false)+")").Scan(&n)
		if ctx.Err() != nil {
			return err
		}
		if err != nil || n != st.rows {
			copied, err := normaliseCSV(ctx, r.env, st.in)
			if err != nil {
				return describeWrite(ctx, err)
			}
			*st = *copied
		}
	}
	for _, p := range r.plans[i] {
		if err := r.settleShape(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// settleShape checks all rows of a plan as plain times and numbers. That is most
// files' last check; the columns of which some values are odd are looked at.
func (r *run) settleShape(ctx context.Context, p *plan) error {
	var auto []*plannedField
	selected := []string{"count(*)", "count(*) FILTER (" + bad(p.problems()) + ")"}
	targets := []any{&p.meant, &p.wrong}
	for _, f := range p.fields {
		if f.isAuto() {
			auto = append(auto, f)
			selected = append(selected, "count(*) FILTER ("+f.isOdd()+")")
			targets = append(targets, &f.odd)
		}
		if f.mayBeThousands() {
			selected = append(selected, "count(*) FILTER ("+f.hasPoint()+")", "count(*) FILTER ("+f.hasOpenPoint()+")")
			targets = append(targets, &f.points, &f.open)
		}
	}
	r.progress(p.st.label, "check", 0, p.st.rows)
	query := "SELECT " + strings.Join(selected, ", ") + " FROM (" + p.typed(false) + ")"
	if err := r.conn.QueryRowContext(ctx, query).Scan(targets...); err != nil {
		return err
	}
	again := false
	for _, f := range auto {
		if f.odd == 0 && (f.open == 0 || f.open < f.points) {
			continue
		}
		q, err := r.decideShape(ctx, p, f)
		if err != nil {
			return err
		}
		if q != nil {
			r.report.Questions = append(r.report.Questions, *q)
		}
		again = true
	}
	if !again {
		return nil
	}
	return r.conn.QueryRowContext(ctx, "SELECT count(*) FILTER ("+bad(p.problems())+") FROM ("+p.typed(false)+")").Scan(&p.wrong)
}

func (r *run) progress(file, step string, done, total int64) {
	if r.Progress != nil {
		r.Progress(Progress{File: file, Step: step, Done: done, Total: total})
	}
}
