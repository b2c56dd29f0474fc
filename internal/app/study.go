package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/study"
)

// studyDir holds a workspace's study files, ID.yaml each.
const studyDir = "studies"

// StudyProgress hears how far a study has come: outcomes done of all, and the
// name of the one that is next.
type StudyProgress func(done, total int, outcome string)

// source joins the KPI service and its library into what a study reads.
type source struct {
	*metric.Service
	library *metric.Library
}

func (s source) Definition(id string) (*metric.Definition, error) { return s.library.Find(id) }

// ReadPlan reads a study from a file.
//
// Errors: fault.NotFound; fault.Invalid with every problem of the file.
func ReadPlan(path string) (study.Plan, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return study.Plan{}, fault.New(fault.NotFound, "there is no file %s", path)
	}
	if err != nil {
		return study.Plan{}, fault.New(fault.Invalid, "read the study: %w", err)
	}
	return parsePlan(path, text)
}

// Plan reads the study of an id in the workspace.
//
// Errors: fault.NotFound naming the studies that exist; those of ReadPlan.
func (w *Workspace) Plan(id string) (study.Plan, error) {
	if filepath.IsLocal(id) { // also seen by callers from outside
		plan, err := ReadPlan(filepath.Join(w.Config.Data, studyDir, id+".yaml"))
		if fault.KindOf(err) != fault.NotFound {
			return plan, err
		}
	}
	known, err := w.Studies()
	if err != nil {
		return study.Plan{}, err
	}
	if len(known) == 0 {
		known = []string{"none yet"}
	}
	return study.Plan{}, fault.New(fault.NotFound, "no file %s and no study of that id in %s; there are: %s",
		id, filepath.Join(w.Config.Data, studyDir), strings.Join(known, ", "))
}

func parsePlan(path string, text []byte) (study.Plan, error) {
	plan, err := study.Parse(text)
	if err != nil {
		return plan, fault.New(fault.Invalid, "study %s: %w", path, err)
	}
	return plan, nil
}

// Studies lists the ids of the workspace's studies.
func (w *Workspace) Studies() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(w.Config.Data, studyDir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = strings.TrimSuffix(filepath.Base(f), ".yaml")
	}
	slices.Sort(ids)
	return ids, nil
}

// RunStudy answers a plan with the workspace's data.
func (w *Workspace) RunStudy(ctx context.Context, plan study.Plan, progress StudyProgress) ([]study.Finding, error) {
	return study.Run(ctx, source{w.Metrics, w.Library}, plan, study.Options{
		Version: Version, Currency: w.Config.Currency, Progress: progress,
	})
}
