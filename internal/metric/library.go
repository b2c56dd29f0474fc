package metric

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
)

//go:embed library/*.yaml
var standard embed.FS

// Library is a set of KPI definitions, by id.
type Library struct{ byID map[string]*Definition }

// Standard gives the KPIs that come with the program.
func Standard() (*Library, error) {
	l := &Library{byID: map[string]*Definition{}}
	files, err := fs.Sub(standard, "library")
	if err != nil {
		return nil, err
	}
	if err := l.load(files, ""); err != nil {
		return nil, err
	}
	return l, l.checkLinks()
}

// Load adds the definitions of a directory's *.yaml files: the user's own.
//
// Errors: fault.NotFound without the directory; fault.Invalid with every
// problem of every file, an id that is taken among them. Nothing is added then.
func (l *Library) Load(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return fault.New(fault.NotFound, "no KPI definitions in %s: %w", dir, err)
	}
	next := &Library{byID: make(map[string]*Definition, len(l.byID))}
	for id, d := range l.byID {
		next.byID[id] = d
	}
	if err := next.load(os.DirFS(dir), dir); err != nil {
		return err
	}
	if err := next.checkLinks(); err != nil {
		return err
	}
	l.byID = next.byID
	return nil
}

func (l *Library) load(files fs.FS, dir string) error {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return err
	}
	var all []error
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return fault.New(fault.Unavailable, "read a KPI definition: %w", err)
		}
		d, err := Parse(path.Join(dir, name), text)
		switch {
		case err != nil:
			all = append(all, err)
		case l.byID[d.ID] != nil:
			all = append(all, fault.New(fault.Invalid, "%s: there is a KPI %q already; choose another id", path.Join(dir, name), d.ID))
		default:
			l.byID[d.ID] = d
		}
	}
	if len(all) > 0 {
		return fault.New(fault.Invalid, "%w", errors.Join(all...))
	}
	return nil
}

// checkLinks finds related KPIs and impact edges that lead nowhere.
func (l *Library) checkLinks() error {
	var p problems
	for _, d := range l.All() {
		links := slices.Clone(d.Related)
		for _, e := range d.Impact {
			links = append(links, e.KPI)
		}
		for _, id := range links {
			if l.byID[id] == nil {
				p.add("%s refers to the KPI %q, which does not exist", d.ID, id)
			}
		}
	}
	if len(p) > 0 {
		return fault.New(fault.Invalid, "%w", errors.Join(p...))
	}
	return nil
}

// All lists the definitions by id.
func (l *Library) All() []*Definition {
	out := make([]*Definition, 0, len(l.byID))
	for _, id := range sortedKeys(l.byID) {
		out = append(out, l.byID[id])
	}
	return out
}

// Find gives a definition.
//
// Errors: fault.NotFound, with the ids that look alike.
func (l *Library) Find(id string) (*Definition, error) {
	if d := l.byID[id]; d != nil {
		return d, nil
	}
	if near := l.near(id); len(near) > 0 {
		return nil, fault.New(fault.NotFound, "there is no KPI %q; did you mean %s?", id, strings.Join(near, " or "))
	}
	return nil, fault.New(fault.NotFound, "there is no KPI %q; list them with: liftmark kpi list", id)
}

// near gives up to three ids that differ little from id or share a word with it.
func (l *Library) near(id string) []string {
	type candidate struct {
		id       string
		distance int
	}
	var found []candidate
	for _, other := range sortedKeys(l.byID) {
		distance := editDistance(id, other)
		if strings.Contains(other, id) && id != "" {
			distance = 1
		}
		if distance <= max(2, len(id)/3) {
			found = append(found, candidate{other, distance})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var out []string
	for _, c := range found[:min(3, len(found))] {
		out = append(out, c.id)
	}
	return out
}

// editDistance counts insertions, deletions and replacements between texts.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Search finds definitions that hold every word of text in their id, name or
// category: first those whose id or name is the text, then by how many of the
// words the id and name hold, then by id. Only when there are none, those that
// hold every word in their attributes too.
func (l *Library) Search(text string) []*Definition {
	words := strings.Fields(strings.ToLower(text))
	var named, mentioned []*Definition
	for _, d := range l.All() {
		title := strings.ToLower(d.ID + " " + d.Name + " " + d.Category)
		switch {
		case holdsAll(title, words):
			named = append(named, d)
		case holdsAll(title+" "+strings.ToLower(d.Attributes.text()), words):
			mentioned = append(mentioned, d)
		}
	}
	if len(named) == 0 {
		return mentioned
	}
	slices.SortStableFunc(named, func(a, b *Definition) int { return b.fit(text, words) - a.fit(text, words) })
	return named
}

// fit says how well a definition's id and name answer a search.
func (d *Definition) fit(text string, words []string) int {
	id, name := strings.ToLower(d.ID), strings.ToLower(d.Name)
	if SameName(text, id) || SameName(text, name) {
		return 2*len(words) + 1
	}
	fit := 0
	for _, w := range words {
		for _, where := range []string{id, name} {
			if strings.Contains(where, w) {
				fit++
			}
		}
	}
	return fit
}

func holdsAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

func (a *Attributes) text() string {
	parts := []string{a.Definition, a.BusinessInsights, a.MeasurementApproach, a.StandardFormula, a.TrendAnalysis, a.ChangeImpact}
	for _, list := range [][]string{a.DiagnosticQuestions, a.ActionableTips, a.VisualisationSuggestions, a.RiskWarnings, a.ToolsAndTechnologies, a.IntegrationPoints} {
		parts = append(parts, list...)
	}
	return strings.Join(parts, " ")
}
