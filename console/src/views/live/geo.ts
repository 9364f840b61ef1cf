/** The world as shapes on the screen: which country is which, and where its mark stands. Pure. */
import { geoBounds, geoCentroid, geoEqualEarth, geoPath, type GeoPermissibleObjects } from 'd3-geo';
import { feature } from 'topojson-client';

type Topology = Parameters<typeof feature>[0];
type Collection = { features: { id?: string | number; type: 'Feature'; geometry: unknown; properties: unknown }[] };

/** The numbers of ISO 3166-1 that the atlas uses, by the letters that visitors come with. */
const NUMBERS =
  'AF004AL008AQ010DZ012AO024AZ031AR032AU036AT040BS044BD050AM051BE056BT064BO068BA070BW072BR076BZ084SB090BN096BG100MM104' +
  'BI108BY112KH116CM120CA124CF140LK144TD148CL152CN156TW158CO170CG178CD180CR188HR191CU192CY196CZ203BJ204DK208DO214EC218' +
  'SV222GQ226ET231ER232EE233FK238FJ242FI246FR250TF260DJ262GA266GE268GM270PS275DE276GH288GR300GL304GT320GN324GY328HT332' +
  'HN340HU348IS352IN356ID360IR364IQ368IE372IL376IT380CI384JM388JP392KZ398JO400KE404KP408KR410KW414KG417LA418LB422LS426' +
  'LV428LR430LY434LT440LU442MG450MW454MY458ML466MR478MX484MN496MD498ME499MA504MZ508OM512NA516NP524NL528NC540VU548NZ554' +
  'NI558NE562NG566NO578PK586PA591PG598PY600PE604PH608PL616PT620GW624TL626PR630QA634RO642RU643RW646SA682SN686RS688SL694' +
  'SK703VN704SI705SO706ZA710ZW716ES724SS728SD729EH732SR740SZ748SE752CH756SY760TJ762TH764TG768TT780AE784TN788TR792TM795' +
  'UG800UA804MK807EG818GB826TZ834US840BF854UY858UZ860VE862YE887ZM894';

/** Too small to be drawn on this map, but not too small to have visitors: longitude and latitude. */
const SMALL: Record<string, [number, number]> = {
  BH: [50.55, 26.07], SG: [103.82, 1.35], HK: [114.17, 22.32], MO: [113.55, 22.2], MT: [14.4, 35.9], MU: [57.55, -20.3],
  MV: [73.5, 4.2], KM: [43.3, -11.7], CV: [-23.6, 15.1], AD: [1.52, 42.51], MC: [7.41, 43.74], LI: [9.55, 47.16],
  SM: [12.46, 43.94], SC: [55.5, -4.7], BB: [-59.54, 13.19], RE: [55.5, -21.1], GP: [-61.5, 16.2], MQ: [-61, 14.6],
  WS: [-172.1, -13.8], TO: [-175.2, -21.2], GI: [-5.35, 36.14], JE: [-2.13, 49.21], IM: [-4.5, 54.2], XK: [20.9, 42.6],
};

export const WIDTH = 960;
export const HEIGHT = 440;

export interface Shape {
  /** Two letters; empty for the few that have none. */
  code: string;
  path: string;
}

export interface Atlas {
  shapes: Shape[];
  /** Where the mark of a country stands. */
  marks: Map<string, [number, number]>;
}

function codes(): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < NUMBERS.length; at += 5) found.set(NUMBERS.slice(at + 2, at + 5), NUMBERS.slice(at, at + 2));
  return found;
}

/** The shapes of world-atlas' countries. Antarctica has no visitors and would take a fifth of the room. */
export function atlas(world: Topology): Atlas {
  const countries = feature(world, (world.objects as Record<string, never>).countries as never) as unknown as Collection;
  const letters = codes();
  const drawn = countries.features.filter((one) => String(one.id) !== '010');
  const all = { type: 'FeatureCollection', features: drawn } as unknown as GeoPermissibleObjects;
  const projection = geoEqualEarth().fitExtent([[4, 4], [WIDTH - 4, HEIGHT - 4]], all);
  const draw = geoPath(projection).digits(1);
  const marks = new Map<string, [number, number]>();
  const shapes = drawn.map((one) => {
    const shape = one as unknown as GeoPermissibleObjects;
    const code = letters.get(String(one.id).padStart(3, '0')) ?? '';
    const middle = projection(biggest(one));
    if (code && middle) marks.set(code, middle);
    return { code, path: draw(shape) ?? '' };
  });
  for (const [code, where] of Object.entries(SMALL)) {
    const at = projection(where);
    if (at) marks.set(code, at);
  }
  return { shapes, marks };
}

/** The middle of a country's largest part: with Alaska or Guiana, the middle of all would lie in the sea. */
function biggest(one: Collection['features'][number]): [number, number] {
  const geometry = one.geometry as { type: string; coordinates: unknown[] };
  if (geometry.type !== 'MultiPolygon') return geoCentroid(one as unknown as GeoPermissibleObjects);
  const parts = geometry.coordinates.map((coordinates) => ({ type: 'Polygon', coordinates }) as unknown as GeoPermissibleObjects);
  const size = (part: GeoPermissibleObjects) => {
    const [[west, south], [east, north]] = geoBounds(part);
    return Math.abs(east - west) * Math.abs(north - south);
  };
  const [first, ...rest] = parts;
  const largest = rest.reduce((best, part) => (size(part) > size(best) ? part : best), first as GeoPermissibleObjects);
  return geoCentroid(largest as never);
}
