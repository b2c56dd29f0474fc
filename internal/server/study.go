package server

import (
	"context"
	"net/http"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/report"
	"github.com/liftmark/liftmark/internal/study"
)

// StudyRef names a study of the workspace.
type StudyRef struct {
	ID string `json:"id"`
}

// Findings are what a study found.
type Findings struct {
	Findings []study.Finding `json:"findings" nullable:"false"`
}

// Plans names studies: of the workspace by id, or with their own text.
type Plans struct {
	Studies []string `json:"studies,omitempty" maxItems:"100" doc:"Ids of studies of the workspace"`
	Plans   []string `json:"plans,omitempty" maxItems:"100" doc:"Study files, YAML or JSON"`
}

func addStudies(o *operations) {
	const tag = "Studies"
	register(o, operation{id: "list-studies", tag: tag, method: http.MethodGet, path: "/studies", scope: access.APIRead, summary: "List the workspace's studies"}, o.server.listStudies)
	register(o, operation{id: "show-study", tag: tag, method: http.MethodGet, path: "/studies/{id}", scope: access.APIRead, summary: "Show a study's plan"}, o.server.showStudy)
	register(o, operation{
		id: "run-studies", tag: tag, method: http.MethodPost, path: "/studies/run", scope: access.APIWrite,
		summary: "Run studies", description: "Findings of the named studies, or of all when none is named. It takes seconds to minutes.",
	}, o.server.runStudies)
	register(o, operation{
		id: "report-impact", tag: tag, method: http.MethodPost, path: "/report/impact", scope: access.APIRead,
		summary: "Make the impact report", description: "What changed, how sure, what it is worth; of the named studies, or of all when none is named.",
	}, o.server.reportImpact)
}

func (s *Server) listStudies(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
}) (*answered[Page[StudyRef]], error) {
	if err := offered(w.Studies != nil, "studies"); err != nil {
		return nil, err
	}
	ids, err := w.Studies.Studies(ctx)
	if err != nil {
		return nil, inContext(err, "list studies")
	}
	refs := make([]StudyRef, len(ids))
	for i, id := range ids {
		refs[i].ID = id
	}
	return answer(pageByText(refs, in.Paged, func(r StudyRef) string { return r.ID }))
}

func (s *Server) showStudy(ctx context.Context, w *Workspace, in *struct {
	Asked
	ID string `path:"id"`
}) (*answered[study.Plan], error) {
	plans, err := plansOf(ctx, w, Plans{Studies: []string{in.ID}})
	if err != nil {
		return nil, err
	}
	return answer(plans[0], nil)
}

func (s *Server) runStudies(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body Plans
}) (*answered[Findings], error) {
	plans, err := plansOf(ctx, w, in.Body)
	if err != nil {
		return nil, err
	}
	out := Findings{Findings: []study.Finding{}}
	for _, p := range plans {
		found, err := w.Studies.Run(ctx, p)
		if err != nil {
			return nil, inContext(err, "study %s", p.ID)
		}
		out.Findings = append(out.Findings, found...)
	}
	return answer(out, nil)
}

func (s *Server) reportImpact(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body Plans
}) (*answered[report.Impact], error) {
	plans, err := plansOf(ctx, w, in.Body)
	if err != nil {
		return nil, err
	}
	return answer(w.Studies.Impact(ctx, plans))
}

// plansOf reads the plans that are named, all of the workspace when none is.
func plansOf(ctx context.Context, w *Workspace, named Plans) ([]study.Plan, error) {
	if err := offered(w.Studies != nil, "studies"); err != nil {
		return nil, err
	}
	ids := named.Studies
	if len(ids)+len(named.Plans) == 0 {
		var err error
		if ids, err = w.Studies.Studies(ctx); err != nil {
			return nil, inContext(err, "list studies")
		}
		if len(ids) == 0 {
			return nil, fault.New(fault.NotFound, "the workspace has no study yet; send one as plans, or put one into its directory studies")
		}
	}
	plans := make([]study.Plan, 0, len(ids)+len(named.Plans))
	for _, id := range ids {
		if !isID(id) {
			return nil, fault.New(fault.NotFound, "there is no study %q", id)
		}
		p, err := w.Studies.Plan(ctx, id)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	for i, text := range named.Plans {
		p, err := study.Parse([]byte(text))
		if err != nil {
			return nil, inContext(err, "body.plans[%d]", i)
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// isID keeps paths of files out of where an id is meant: ids are found as files.
func isID(text string) bool { return workspaceName.MatchString(text) }
