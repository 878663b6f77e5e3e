/** The style sheet of the saved report: one file, no remote content, light, dark and paper. */
import { Html } from '../base/html.ts';

const COLOURS = `:root{color-scheme:light dark;
--bg:light-dark(#F5F6F4,#111518);--surface:light-dark(#FFF,#181D21);--sunken:light-dark(#ECEEEB,#0C0F11);
--line:light-dark(#DDE1DE,#2A3237);--edge:light-dark(#7D868C,#6F7A81);
--text:light-dark(#1B2125,#E3E8EA);--text2:light-dark(#49535A,#AEB8BE);--accent:light-dark(#0B665E,#63C7BA);
--fatal:light-dark(#7A0F45,#FF9CC6);--error:light-dark(#AD3410,#FF9774);--warn:light-dark(#7D5300,#EFBF5F);
--f-fatal:light-dark(#6B0F3D,#F276AE);--f-error:light-dark(#AD3410,#E0602F);--f-warn:light-dark(#E0A42C,#F0CD78);--f-warn2:light-dark(#8A5C00,#6E5312);--f-info:light-dark(#6E97BF,#5C8DBF);
--sans:-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}`;

const PAGE = `*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/22px var(--sans)}
main{max-width:760px;margin:0 auto;padding:20px 20px 40px;background:var(--surface)}
h1,h2,p,ul,ol,dl,dd,figure{margin:0;padding:0;list-style:none}
h1{font-size:26px;line-height:32px;font-weight:700;letter-spacing:-.015em;text-wrap:balance;overflow-wrap:anywhere}
.meta{display:flex;flex-wrap:wrap;gap:0 16px;color:var(--text2);font-size:13px;line-height:20px;margin-bottom:10px}
.meta b{color:var(--text)}
.lead{margin:6px 0 14px;font-size:16px;line-height:24px;color:var(--text2);overflow-wrap:anywhere}
.lead b{color:var(--text)}
a{color:var(--accent)}
.toc{display:grid;grid-template-columns:repeat(4,1fr);border:1px solid var(--line);border-radius:8px;overflow:hidden}
.toc a{padding:10px 12px;color:var(--text);text-decoration:none;border-left:1px solid var(--line);font-size:14px;line-height:18px;overflow-wrap:anywhere}
.toc a:first-child{border-left:0}.toc b{display:block;font-size:22px;line-height:28px;font-variant-numeric:tabular-nums}
.toc span{color:var(--text2);font-size:12px;line-height:16px;display:block}
a:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
h2{margin:28px 0 4px;padding-top:16px;border-top:2px solid var(--text);font-size:18px;line-height:24px;letter-spacing:-.01em}
h2 span{font-weight:400;color:var(--text2);font-size:14px;letter-spacing:0}
footer{margin-top:24px;color:var(--text2);font-size:12px;line-height:18px}`;

const PARTS = `.p{display:grid;grid-template-columns:minmax(64px,max-content) minmax(0,1fr);gap:0 12px;padding:10px 0;border-bottom:1px solid var(--line);break-inside:avoid}
.p>b{text-align:right;font-size:16px;font-variant-numeric:tabular-nums}
.pt{font:13px/20px var(--mono);overflow-wrap:anywhere}
.p small{display:block;color:var(--text2);font-size:13px;line-height:18px;overflow-wrap:anywhere}
.ex{margin-top:4px;padding:4px 8px;border-left:3px solid var(--edge);background:var(--bg);color:var(--text2);font:12px/18px var(--mono);overflow-wrap:anywhere}
.ex.e{border-color:var(--f-error)}.ex.f{border-color:var(--f-fatal)}.ex.w{border-image:repeating-linear-gradient(180deg,var(--f-warn) 0 4px,transparent 4px 6px) 3}
.ph{padding:0 3px;border-radius:3px;background:var(--sunken);color:var(--text2)}
.lv{font:700 12px/20px var(--mono);margin-right:4px}.fatal{color:var(--fatal)}.error{color:var(--error)}.warn{color:var(--warn)}.ok{color:var(--accent)}.dim{color:var(--text2)}
svg.s{width:11px;height:11px;vertical-align:-1px;margin-right:4px}
table{width:100%;border-collapse:collapse;font-size:14px;line-height:20px}
th{padding:6px 8px 6px 0;text-align:left;font-size:12px;line-height:16px;color:var(--text2);font-weight:600;border-bottom:1px solid var(--edge);vertical-align:bottom}
td{padding:6px 8px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}td:first-child{overflow-wrap:anywhere}
tr{break-inside:avoid}
.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}td:last-child,th:last-child{padding-right:0}
td small{display:block;color:var(--text2);font-size:12px;line-height:16px}
.up{font-weight:700}.mono{font-family:var(--mono);font-size:13px;overflow-wrap:anywhere}
figure{margin:10px 0 4px;break-inside:avoid}figcaption{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:12px;line-height:18px;color:var(--text2)}
figcaption span{display:inline-flex;align-items:center;gap:6px}.sw{width:10px;height:10px;border-radius:2px}
.sw.f{background:var(--f-fatal)}.sw.e{background:var(--f-error)}.sw.w{background:repeating-linear-gradient(135deg,var(--f-warn) 0 2.4px,var(--f-warn2) 2.4px 3.4px)}.sw.i{background:var(--f-info)}.sw.l{height:2px;background:var(--text)}
.plot{position:relative;margin:4px 0 0 44px}.plot svg{display:block;width:100%;overflow:visible}
.ax{position:absolute;right:100%;margin-right:6px;transform:translateY(-6px);font-size:11px;line-height:12px;color:var(--text2);font-variant-numeric:tabular-nums;white-space:nowrap}
.tx{display:flex;justify-content:space-between;margin:2px 0 0 36px;font-size:11px;line-height:16px;color:var(--text2)}
.cov{display:grid;grid-template-columns:1fr 1fr;gap:0 28px}
.cov div{display:flex;justify-content:space-between;gap:12px;padding:5px 0;border-bottom:1px solid var(--line);font-size:14px;line-height:20px;break-inside:avoid}.cov dt{color:var(--text2)}.cov dd{text-align:right;font-variant-numeric:tabular-nums}`;

const MEDIA = `@media(max-width:560px){main{padding:14px 16px 32px}h1{font-size:23px;line-height:28px}.lead{margin:4px 0 12px;font-size:15px;line-height:22px}.toc{grid-template-columns:1fr 1fr}.toc a:nth-child(3){border-left:0}.toc a:nth-child(n+3){border-top:1px solid var(--line)}.p{grid-template-columns:minmax(46px,max-content) minmax(0,1fr);gap:0 10px}.cov{grid-template-columns:1fr}.nophone{display:none}}
@media(max-width:360px){table{font-size:13px}.nx{display:none}}
@media(forced-colors:active){.plot svg{forced-color-adjust:none}}
@media print{:root{color-scheme:light}@page{size:A4;margin:14mm 14mm 16mm}body,main{background:#fff}main{max-width:none;padding:0}body{font-size:10.5pt;line-height:15pt}h2{break-after:avoid;margin-top:16pt;padding-top:8pt}a{color:inherit;text-decoration:none}.p{padding:6pt 0}.sw,.ex,.ph,.plot{print-color-adjust:exact;-webkit-print-color-adjust:exact}.p .ex{font-size:8.5pt;line-height:12pt}table{font-size:9.5pt;line-height:13pt}}`;

/** A style element's content: our own text, nothing from outside. */
export const REPORT_STYLE = new Html([COLOURS, PAGE, PARTS, MEDIA].join('\n'));
