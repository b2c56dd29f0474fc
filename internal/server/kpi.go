package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

func addKPIs(o *operations) {
	const tag = "KPIs"
	register(o, operation{id: "list-kpis", tag: tag, method: http.MethodGet, path: "/kpis", scope: access.APIRead, summary: "List or search KPI definitions"}, o.server.listKPIs)
	register(o, operation{id: "show-kpi", tag: tag, method: http.MethodGet, path: "/kpis/{kpi}", scope: access.APIRead, summary: "Show a KPI definition"}, o.server.showKPI)
	register(o, operation{
		id: "compute-kpi", tag: tag, method: http.MethodGet, path: "/kpis/{kpi}/value", scope: access.APIRead,
		summary: "Compute a KPI with its interval", description: "What arrived by the record store or by tracking counts within two seconds.",
	}, o.server.computeKPI)
}

func (s *Server) listKPIs(_ context.Context, w *Workspace, in *struct {
	Asked
	Paged
	Search string `query:"search" doc:"Only those that these words name, or else mention"`
}) (*answered[Page[metric.Definition]], error) {
	if err := offered(w.KPIs != nil, "KPIs"); err != nil {
		return nil, err
	}
	found := w.KPIs.Library().All()
	if in.Search != "" {
		found = w.KPIs.Library().Search(in.Search)
	}
	all := make([]metric.Definition, len(found))
	for i, d := range found {
		all[i] = *d
	}
	return answer(pageByText(all, in.Paged, func(d metric.Definition) string { return d.ID }))
}

func (s *Server) showKPI(_ context.Context, w *Workspace, in *struct {
	Asked
	KPI string `path:"kpi"`
}) (*answered[metric.Definition], error) {
	if err := offered(w.KPIs != nil, "KPIs"); err != nil {
		return nil, err
	}
	d, err := w.KPIs.Library().Find(in.KPI)
	if err != nil {
		return nil, err
	}
	return answer(*d, nil)
}

// kpiQuery is a metric.Query as a URL writes it.
type kpiQuery struct {
	Asked
	KPI   string   `path:"kpi"`
	From  string   `query:"from" doc:"Day (2026-01-31, in zone) or RFC 3339 time; left out: where the data begin"`
	To    string   `query:"to" doc:"First day or time that does not count any more; left out: where the data end"`
	Grain string   `query:"grain" enum:"day,week,month,quarter,year" doc:"One value for each; left out: one in all"`
	Zone  string   `query:"zone" doc:"IANA zone of days and months; left out: the workspace's"`
	By    string   `query:"by" doc:"Field to break down by, such as account.plan"`
	Where string   `query:"where" doc:"Only a segment, such as account.plan = 'pro'"`
	Param []string `query:"param,explode" doc:"Parameter of the KPI, as name=value; repeat for more"`
}

func (s *Server) computeKPI(ctx context.Context, w *Workspace, in *kpiQuery) (*answered[metric.Result], error) {
	if err := offered(w.KPIs != nil, "KPIs"); err != nil {
		return nil, err
	}
	q, err := in.query(w.KPIs.Zone())
	if err != nil {
		return nil, err
	}
	result, err := w.KPIs.Value(ctx, q)
	return answer(result, err)
}

func (in *kpiQuery) query(zone *time.Location) (q metric.Query, err error) {
	if in.Zone != "" {
		if zone, err = time.LoadLocation(in.Zone); err != nil || in.Zone == "Local" {
			return q, fault.New(fault.Invalid, "zone: %q is not an IANA time zone such as Europe/Berlin", in.Zone)
		}
	}
	q = metric.Query{KPI: in.KPI, Grain: in.Grain, Zone: zone, By: in.By, Where: in.Where, Params: map[string]string{}}
	if q.From, err = moment("from", in.From, zone); err != nil {
		return q, err
	}
	if q.To, err = moment("to", in.To, zone); err != nil {
		return q, err
	}
	for _, p := range in.Param {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return q, fault.New(fault.Invalid, "param: %q is not name=value", p)
		}
		q.Params[name] = value
	}
	return q, nil
}

// moment reads a day or a time; "" is the zero time.
func moment(name, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return t, fault.New(fault.Invalid, "%s: %q is neither a day such as 2026-01-31 nor a time such as 2026-01-31T12:00:00Z", name, text)
	}
	return t, nil
}
