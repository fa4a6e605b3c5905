/** Plain words that the texts of seeded rows are made of: ASCII, so that a character is a byte. */
export const adjectives = (
  'amber ancient brave bright calm clever copper curious distant early empty gentle golden hidden hollow honest ' +
  'late little lucky narrow northern patient plain quiet rapid restless rising silent silver slow steady wooden'
).split(' ');

export const nouns = (
  'anchor bridge candle canyon castle compass engine feather field forest garden harbour island journey kettle lantern ' +
  'letter library machine meadow mirror morning mountain ocean orchard pocket river road signal station valley winter'
).split(' ');

export const verbs =
  'answers builds carries crosses discovers follows guards keeps leaves measures opens outlives paints reaches remembers watches'.split(
    ' ',
  );

export const firstNames = (
  'Ada Alan Alma Bela Carl Clara Dana Edith Emil Frida Grace Hugo Ines Ivan Jonas Katya Leon Lina Marta Milan Nadia Noor ' +
  'Olga Oscar Pablo Rosa Samir Sofia Tomas Vera Yara Zoe'
).split(' ');

export const lastNames = (
  'Adler Baker Castro Dietrich Evans Fischer Garcia Haddad Ito Jensen Keller Laurent Moreau Nowak Okafor Petrov Quinn Rossi ' +
  'Silva Tanaka Ueda Vogel Weber Young'
).split(' ');

export const cities =
  'Aarhus Bergen Bologna Cork Dakar Ghent Graz Kobe Leeds Lyon Oslo Porto Quito Riga Turin Utrecht'.split(' ');

export const countries =
  'Austria Belgium Canada Denmark Estonia Finland Ghana Hungary Ireland Japan Kenya Latvia Mexico Norway Peru Spain'.split(
    ' ',
  );

export const colours =
  'black blue brown crimson cyan green grey indigo orange pink purple red teal violet white yellow'.split(' ');

export const currencies = 'CAD CHF DKK EUR GBP JPY NOK SEK USD'.split(' ');

export const languages = 'da de en es fi fr it ja nl no pl pt sv'.split(' ');
