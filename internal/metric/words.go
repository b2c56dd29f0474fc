package metric

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Words say in prose what a KPI's event is. They complete these sentences:
// "SUBJECT within 12 months", "about 3 fewer of every 100 accounts EVENT within
// 12 months", "accounts that are UNTIL".
type Words struct {
	Event   string `yaml:"event" json:"event"`     // what the unit does, in the plural: "leave"
	Until   string `yaml:"until" json:"until"`     // what it is until then: "still a customer"
	Subject string `yaml:"subject" json:"subject"` // what is spoken of: "churn"
}

func (w *Words) check(p *problems) {
	if w == nil {
		return
	}
	p.needed("words.event", w.Event)
	p.needed("words.until", w.Until)
	p.needed("words.subject", w.Subject)
}

// sentence formats as fmt.Sprintf does, with thousands separated.
func sentence(format string, args ...any) string {
	return message.NewPrinter(language.English).Sprintf(format, args...)
}
