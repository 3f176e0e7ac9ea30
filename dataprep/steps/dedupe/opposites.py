"""Words that stand at the same place and mean something else: where one is put for another, a text
says another thing.

Each line is a group, of which any two words differ in meaning. A Chinese group may hold words of
several characters. The lists are ours; they hold what people vary in questions and tasks, and are
short on purpose: a word that is in none of them is taken for a slip or a synonym.
"""

# ruff: noqa: E501  a group is a line

NEGATIONS = "not no never cannot without hardly t 不 没 無 无 非 未 别 別 莫 勿 否"
"""What turns a sentence round where it is put in or left out; `t` is the end of isn't and don't."""

NO_NAMES = (
    "i a an the and or but if of in on at to for from by with as is are was were be do does it "
    "its this that these those "
    "he she we you they my your our their his her what who how why when where which not no yes "
    "all some any one two new "
    "first can could will would should may might so than then there here also more most up out "
    "about into over after"
)
"""Words that are no names where they stand with a capital: in titles, and `I`."""

NUMERALS = """0 zero 零
1 one once single first 一
2 two twice double second 二 两 兩
3 three thrice triple third 三
4 four fourth 四
5 five fifth 五
6 six sixth 六
7 seven seventh 七
8 eight eighth 八
9 nine ninth 九
10 ten tenth 十
11 eleven
12 twelve dozen
13 thirteen
14 fourteen
15 fifteen
16 sixteen
17 seventeen
18 eighteen
19 nineteen
20 twenty
30 thirty
40 forty
50 fifty
60 sixty
70 seventy
80 eighty
90 ninety
100 hundred 百
1000 thousand 千
10000 万 萬
1000000 million
100000000 亿 億
1000000000 billion
0.25 quarter
0.5 half 半"""
"""Numbers in letters, after their digits."""

SURNAMES = (
    "王 李 张 刘 陈 杨 赵 吴 周 徐 孙 朱 胡 郭 何 罗 郑 梁 谢 宋 唐 许 邓 冯 韩 曹 曾 彭 萧 蔡 潘 袁 董 余 苏 叶 吕 魏 蒋 杜 "
    "林 黄 高 马 丁 沈 任 姚 卢 傅 钟 姜 崔 谭 廖 范 汪 陆 金 石 戴 贾 韦 夏 邱 方 侯 邹 熊 孟 秦 白 江 阎 薛 尹 段 雷 黎 史 "
    "龙 陶 贺 顾 毛 郝 龚 邵 万 钱 严 赖 覃 洪 武 莫 孔 小 阿 老"
)
"""With what the Chinese name of a person begins: the most frequent surnames, and what stands before
a name instead.
"""

ENGLISH = """
always never sometimes often rarely seldom usually
all none no some every each any most few many
somebody nobody everybody anybody
something nothing everything anything
someone everyone anyone
either neither both
yes no
true false
a b c d e f g h
can could cannot
will would
should must may might
with without
before after during
more less fewer
most least
above below
over under
up down
left right
north south east west northern southern eastern western
inside outside
internal external
upper lower
uppercase lowercase
horizontal vertical
high low
higher lower
highest lowest
large small tiny huge
larger smaller
largest smallest
big little
long short
longer shorter
longest shortest
tall short
old new young
older newer younger
oldest newest youngest
fast slow
faster slower
early late
earlier later
hot cold warm cool
hottest coldest
good bad
better worse
best worst
rich poor
strong weak
heavy light
hard soft
easy difficult
simple complex
cheap expensive
full empty
open closed shut
opened closed
opening closing
wide narrow
deep shallow
thick thin
bright dark
dry wet
clean dirty
happy sad angry
safe dangerous unsafe
legal illegal
possible impossible
likely unlikely
necessary unnecessary
known unknown
correct incorrect wrong
valid invalid
public private
formal informal
active passive
direct indirect
dependent independent
positive negative
even odd
prime composite
singular plural
minimum maximum
min max
ascending descending
increase decrease
increased decreased
increases decreases
increasing decreasing
rise fall
rises falls
rising falling
rose fell
gain lose
gained lost
win lose
won lost
buy sell
bought sold
buyer seller
buying selling
import export
imports exports
input output
encode decode
encrypt decrypt
compress decompress
push pull
send receive
give take
lend borrow
teach learn
ask answer
add subtract multiply divide remove
addition subtraction multiplication division
sum product difference quotient
plus minus times
+ - × ÷ = < > ≤ ≥
include exclude
includes excludes
including excluding
allow forbid deny
allowed forbidden denied
enable disable
enabled disabled
lock unlock
install uninstall
accept reject
accepted rejected
approve reject
agree disagree
like dislike
love hate
start stop finish end
starts stops ends
started stopped ended finished
begin end
beginning end
first last
next previous
past present future
yesterday today tomorrow
morning afternoon evening night noon midnight
day night
monday tuesday wednesday thursday friday saturday sunday
january february march april may june july august september october november december
spring summer autumn winter fall
second seconds minute minutes hour hours day days week weeks month months year years decade decades century centuries
mm cm m km millimeters centimeters meters kilometers metres kilometres inches feet yards miles inch foot yard mile light_year light_years parsec parsecs
mg g kg gram grams kilogram kilograms ounces pounds lb lbs tons tonnes
ml l liter liters litre litres milliliters gallons
celsius fahrenheit kelvin
dollar dollars euro euros pound pounds yuan yen rupees
kb mb gb tb
he she
him her
his her hers
man woman
men women
boy girl
boys girls
male female
father mother
dad mom
son daughter
brother sister
husband wife
uncle aunt
king queen
actor actress
cause effect
causes effects
advantage disadvantage
advantages disadvantages
benefit risk drawback
benefits risks drawbacks
pros cons
strengths weaknesses
synonym antonym
synonyms antonyms
similarities differences
red blue green yellow orange purple black white brown pink gray grey
gold silver bronze copper iron
oxygen hydrogen nitrogen carbon helium
mercury venus earth mars jupiter saturn uranus neptune pluto
vitamin mineral
plant animal
plants animals
cat dog
cats dogs
mitosis meiosis
arteries veins
bacteria viruses
bacterial viral
acid base
acids bases
acidic alkaline
proton neutron electron
urban rural
domestic foreign
python java javascript typescript ruby rust go golang php perl kotlin swift scala
mysql postgresql sqlite mongodb oracle redis
linux windows macos android ios ubuntu debian
http https
get post put delete
tcp udp
list tuple dictionary dict set array
stack queue
string integer float boolean
row column
rows columns
sync async
synchronous asynchronous
client server
english french german spanish italian chinese japanese korean russian portuguese arabic hindi latin
vegetarian vegan
tea coffee
chicken beef pork fish
on off
and or
am pm
acceptable unacceptable
satisfied dissatisfied unsatisfied
locked unlocked
qualified unqualified disqualified
available unavailable
connected disconnected
connect disconnect
agrees disagrees
approve disapprove reject
encourage discourage
honest dishonest
fair unfair
stable unstable
healthy unhealthy
employed unemployed
paid unpaid
debit credit
renew cancel
renewed cancelled canceled
eldest youngest
radius diameter circumference
hypertension hypotension
hyperglycemia hypoglycemia
hyperthyroidism hypothyroidism
mg µg mcg ng
percent dollars euros
"""

CHINESE = """
是 否
对 错
真 假
好 坏 差
大 小
多 少
高 低
长 短
快 慢
早 晚
新 旧
老 少
老 幼
冷 热
冷 暖
寒 热
干 湿
轻 重
强 弱
深 浅
宽 窄
厚 薄
远 近
内 外
里 外
前 后
上 下
左 右
东 南 西 北
春 夏 秋 冬
男 女
父 母
爸 妈
儿 女
哥 姐 弟 妹
兄 姐 弟 妹
爷 奶
他 她
夫 妻
增 减
升 降
涨 跌
加 减 乘 除
买 卖
进 出
入 出
开 关
来 去
往 返
始 终
首 末
先 后
胜 败
赢 输
得 失
正 负
正 反
阴 阳
奇 偶
利 弊
优 劣
优 缺
安 危
难 易
有 无
有 没
请 别 勿
已经 已 没有 没 未 尚未
能 不
可 不
会 不
必 不
最 不
古 今
昨 今 明
昼 夜
晨 晚
动 静
生 死
生 熟
借 还
问 答
黑 白 红 黄 蓝 绿 紫 灰
金 银 铜 铁
年 月 日 天 周 小时 分钟 秒
元 角 分 美元 欧元 英镑 日元 港元
周一 周二 周三 周四 周五 周六 周日 周天 周末
星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天
米 厘米 毫米 千米 公里 英里 里 英尺 英寸 尺 海里 光年 秒差距
克 毫克 千克 公斤 斤 两 吨 磅 盎司 升 毫升 立方米 加仑
平方米 平方公里 亩 公顷
摄氏 华氏
中 美 英 法 德 俄 韩 印
汉 英 日 法 德 俄
初 高 中 小
甲 乙 丙 丁
城 乡
公 私
公 母
雌 雄
内 外
主 次
主 客
横 竖
横 纵
顺 逆
盈 亏
收取 收费 免收 免费
粗 细
软 硬
明 暗
咸 甜 酸 苦 辣
茶 酒
猫 狗
猪 牛 羊 鸡 鸭 鱼
王 李 张 刘 陈 杨 赵 吴 周 徐 孙 朱 胡 郭 何 罗 郑 梁 谢 宋 唐 许 邓 冯 韩 曹 曾 彭 萧 蔡 潘 袁 董 余 苏 叶 吕 魏 蒋 杜
明 红 刚 丽 芳 强 军 华 伟 娜 敏 静 杰 涛
早上 上午 中午 下午 晚上 凌晨 傍晚
昨天 今天 明天 前天 后天
去年 今年 明年 前年 后年
增加 减少 下降 上升 提高 降低
增大 减小
增长 下降
允许 禁止
支持 反对
同意 反对 拒绝
接受 拒绝
成功 失败
开始 结束
打开 关闭
启用 禁用
加密 解密
编码 解码
压缩 解压
上传 下载
安装 卸载
登录 退出 注册
输入 输出
进口 出口
升序 降序
最大 最小
最高 最低
最多 最少
最好 最差
最早 最晚
优点 缺点
优势 劣势
利润 亏损
收入 支出
原因 结果 后果
同义词 反义词
相同 不同
积极 消极
主动 被动
直接 间接
公开 私密 保密
合法 非法
安全 危险
简单 复杂 困难
便宜 昂贵
富裕 贫穷
正确 错误
肯定 否定
有效 无效
必要 不必
可以 不可 不能 禁止
能够 不能 无法
应该 不应 不该
总是 从不 有时 经常 很少 偶尔
所有 部分 没有
动物 植物
城市 农村 乡村
国内 国外
线上 线下
室内 室外
急性 慢性
细菌 病毒 真菌
动脉 静脉
酸性 碱性 中性
高血压 低血压 高血糖 低血糖 糖尿病
感冒 流感 肺炎
胃炎 肠炎 肝炎 肾炎
北京 上海 广州 深圳 天津 重庆 成都 杭州 南京 武汉 西安 苏州 长沙 青岛 大连 厦门 郑州 沈阳 昆明 哈尔滨 济南 合肥 福州 南昌 贵阳 兰州 拉萨 香港 澳门 台北 高雄 宁波 无锡 佛山 东莞 珠海 温州 绍兴 嘉兴 扬州 徐州 常州 南通 烟台 威海 洛阳 开封 桂林 南宁 海口 三亚 丽江 大理 西宁 银川 太原 大同 长春 石家庄 唐山 泉州 景德镇 宜昌 襄阳 岳阳 遵义 绵阳 乐山 延安 敦煌 乌鲁木齐 呼和浩特
广东 浙江 江苏 山东 河南 河北 四川 湖北 湖南 福建 安徽 江西 陕西 山西 辽宁 吉林 黑龙江 云南 贵州 甘肃 青海 海南 台湾 新疆 西藏 内蒙古 广西 宁夏
中国 美国 英国 法国 德国 日本 韩国 俄罗斯 印度 巴西 加拿大 澳大利亚 意大利 西班牙 埃及 泰国 越南 新加坡 马来西亚 印尼 墨西哥 阿根廷 南非 土耳其
巴黎 伦敦 东京 纽约 柏林 罗马 莫斯科 首尔 华盛顿 悉尼 洛杉矶 大阪 京都 芝加哥 旧金山 波士顿 多伦多 温哥华 墨尔本 曼谷 新德里 孟买 迪拜 开罗 维也纳 马德里 巴塞罗那 米兰 威尼斯 阿姆斯特丹 布鲁塞尔 日内瓦 苏黎世 慕尼黑 法兰克福
亚洲 欧洲 非洲 北美洲 南美洲 大洋洲 南极洲
长江 黄河 珠江 淮河
华为 小米 苹果 三星 联想 腾讯 阿里巴巴 阿里 百度 京东 字节跳动 美团 滴滴 网易 微软 谷歌 亚马逊 脸书 英特尔 英伟达 高通 索尼 松下 特斯拉 比亚迪 丰田 本田 宝马 奔驰 奥迪 大众 蔚来 吉利 奇瑞 格力 美的 海尔 海信 荣耀 中兴 大疆 耐克 阿迪达斯 李宁 安踏 肯德基 麦当劳 星巴克 可口可乐 百事可乐 蒙牛 伊利 茅台 五粮液 中石化 中石油 工商银行 建设银行 农业银行 招商银行
微信 支付宝 抖音 快手 微博 淘宝 天猫 京东 拼多多 知乎 钉钉 飞书 企业微信 小红书 豆瓣 哔哩哔哩 优酷 爱奇艺 高德 百度
李白 杜甫 白居易 苏轼 王维 李清照 辛弃疾 陶渊明 屈原
唐朝 宋朝 元朝 明朝 清朝 汉朝 秦朝 隋朝 晋朝 周朝 商朝 夏朝
唐代 宋代 元代 明代 清代 汉代 秦代
红楼梦 西游记 水浒传 三国演义
金星 木星 水星 火星 土星 地球 天王星 海王星
春节 中秋 端午 元宵 清明 重阳 国庆
英语 汉语 日语 法语 德语 俄语 韩语 西班牙语 中文 英文 日文
语文 数学 英语 物理 化学 生物 历史 地理 政治
牛肉 羊肉 猪肉 鸡肉 鱼肉
红茶 绿茶 咖啡 牛奶 豆浆
苹果 香蕉 橙子 葡萄 西瓜 草莓 梨子 桃子
足球 篮球 排球 网球 乒乓球 羽毛球
老师 学生 医生 护士 律师 工程师 司机 警察
飞机 火车 汽车 轮船 地铁 公交
小学 初中 高中 大学
儿子 女儿
儿媳 女婿
半径 直径 周长 面积 体积
亢进 减退
退货 退款 换货
"""

TRADITIONAL = (
    "对對 错錯 坏壞 长長 旧舊 热熱 干幹 湿溼 轻輕 强強 浅淺 宽寬 远遠 内內 里裏 后後 东東 妈媽 儿兒 "
    "爷爺 减減 涨漲 买買 卖賣 进進 开開 关關 来來 终終 胜勝 败敗 赢贏 输輸 负負 阴陰 阳陽 优優 难難 "
    "无無 没沒 请請 别別 经經 会會 昼晝 动動 静靜 还還 问問 红紅 黄黃 蓝藍 绿綠 银銀 铜銅 铁鐵 时時 "
    "钟鐘 欧歐 镑鎊 周週 厘釐 两兩 吨噸 仑侖 亩畝 顷頃 摄攝 华華 韩韓 汉漢 乡鄉 横橫 竖豎 纵縱 顺順 "
    "亏虧 费費 细細 软軟 咸鹹 猫貓 猪豬 鸡雞 鸭鴨 鱼魚 张張 刘劉 陈陳 杨楊 赵趙 吴吳 孙孫 罗羅 郑鄭 "
    "谢謝 许許 邓鄧 冯馮 萧蕭 余餘 苏蘇 叶葉 吕呂 蒋蔣 刚剛 丽麗 军軍 伟偉 杰傑 涛濤 绝絕 结結 闭閉 "
    "启啓 编編 码碼 压壓 缩縮 传傳 载載 装裝 录錄 注註 册冊 点點 势勢 润潤 损損 义義 词詞 积積 极極 "
    "间間 险險 简簡 单單 复複 杂雜 贵貴 贫貧 穷窮 确確 误誤 够夠 应應 该該 总總 从從 尔爾 农農 国國 "
    "线線 脉脈 碱鹼 肠腸 肾腎 广廣 庆慶 岛島 连連 厦廈 门門 沈瀋 滨濱 济濟 兰蘭 萨薩 台臺 宁寧 锡錫 "
    "温溫 绍紹 兴興 扬揚 烟煙 亚亞 庄莊 镇鎮 绵綿 乐樂 乌烏 鲁魯 齐齊 陕陝 辽遼 龙龍 云雲 肃肅 湾灣 "
    "马馬 伦倫 纽紐 约約 顿頓 矶磯 维維 纳納 为爲 苹蘋 联聯 腾騰 讯訊 节節 团團 网網 逊遜 脸臉 书書 "
    "达達 丰豐 宝寶 驰馳 奥奧 众衆 荣榮 麦麥 当當 劳勞 粮糧 设設 业業 钉釘 飞飛 哔嗶 爱愛 艺藝 轼軾 "
    "弃棄 渊淵 晋晉 楼樓 梦夢 游遊 记記 浒滸 语語 数數 学學 历歷 浆漿 篮籃 师師 医醫 护護 机機 车車 "
    "轮輪 径徑 体體 货貨 换換"
)
"""Characters of these groups, each before the one that traditional Chinese has for it."""
